"""Names by which this machine reaches itself."""

LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "::1")
