"""Tell people, by apprise: the only place that knows it."""

from .service import Service, problems

__all__ = ["Service", "problems"]
