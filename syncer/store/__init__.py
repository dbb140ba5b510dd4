"""Remember: the database. One module writes, one module reads."""
