"""Keeps the history of RetroAchievements progress in a database that belongs to the player."""

__version__ = "0.1.0"
