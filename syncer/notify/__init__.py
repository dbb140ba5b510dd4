"""Notification services, through apprise. Only this package imports apprise."""

from .service import Service, invalid_urls

__all__ = ["Service", "invalid_urls"]
