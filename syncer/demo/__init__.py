"""A simulated RetroAchievements: a world that changes, behind the endpoints that syncer uses."""
