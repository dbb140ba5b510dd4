"""A client of RetroAchievements' Web API, which can also be used as a library."""

from syncer.core.formats.site_address import id_bytes
from syncer.core.model.progress import Progress

from .batching_client import BatchingClient
from .client import Client
from .in_memory_budget import InMemoryBudget
from .retro_achievements import BASE_URL, RetroAchievements
from .source import ApiSource
from .transport import Transport

__all__ = [
    "BASE_URL",
    "ApiSource",
    "BatchingClient",
    "Client",
    "InMemoryBudget",
    "Progress",
    "RetroAchievements",
    "Transport",
    "id_bytes",
]
