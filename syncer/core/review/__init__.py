"""The review of a year or a month: what a player did in it. Pure."""
