"""Many machines: a planner, workers and a simulated site, disturbed at random; what must hold afterwards."""
