"""SHOW: read-only pages over the stored history. Nothing here writes, and nothing here asks the site."""
