"""A pretended RetroAchievements: a world that lives, behind the endpoints that we ask, in any weather."""
