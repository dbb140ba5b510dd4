"""Keep going: the daemon and the lock that makes it the only writer."""
