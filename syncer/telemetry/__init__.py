"""Tell machines: logs (and later metrics)."""
