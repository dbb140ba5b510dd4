"""Which target is polled when."""
