"""Keeps the history of RetroAchievements progress in a database that belongs to the player."""

from datetime import UTC, datetime

__version__ = "0.1.0"
# No clock can be right that shows an earlier time. Set at each release (CONTRIBUTING.md).
BUILD_DATE = datetime(2026, 1, 1, tzinfo=UTC)
