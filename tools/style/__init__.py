"""Measure the wording and the structure of this repository."""
