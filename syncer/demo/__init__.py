"""A pretended RetroAchievements: a world that lives, behind the two endpoints that we ask, in any weather."""
