"""Rules about the account as a whole."""
