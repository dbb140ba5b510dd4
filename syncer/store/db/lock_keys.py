"""Keys of PostgreSQL's advisory locks by which processes keep out of each other's way."""

UPGRADE_KEY = 7_261_001  # of an upgrade of the schema: one at a time
WRITER_KEY = 7_261_002  # of the one process that writes or, with [cluster], plans
WORKERS_KEY = 7_261_003  # shared by the workers of a cluster
RUNS_KEY = 7_261_004  # shared by the runs of a cluster, which an upgrade waits for
QUEUE_UPGRADE_KEY = 7_261_005  # of an upgrade of the job queue: one at a time
