"""Cluster mode, [cluster] enabled: `syncer run` plans, and any number of `syncer worker` execute the runs."""
