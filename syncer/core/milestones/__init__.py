"""What a player has reached: the states of games, what a change contains, streaks and records. Pure."""
