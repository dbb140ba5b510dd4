"""Which test proves what happens under which fault (table.toml), and the tests that have no better place."""
