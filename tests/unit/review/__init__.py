"""The review of a year or a month."""
