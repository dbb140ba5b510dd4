"""Keys of PostgreSQL's advisory locks by which processes keep out of each other's way."""

WRITER_KEY = 7_261_002  # of the one process that writes or, with [cluster], plans
WORKERS_KEY = 7_261_003  # shared by the workers of a cluster
