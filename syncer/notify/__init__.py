"""Tell people, by apprise: the only place that knows it."""

from .service import Service, invalid_urls

__all__ = ["Service", "invalid_urls"]
