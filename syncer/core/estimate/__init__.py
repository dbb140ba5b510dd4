"""Estimates: the requests of the next run and of a day, delays, and how much a year stores. Pure."""
