"""Configuration: TOML and the environment become one frozen Config."""

from .addresses import is_loopback
from .build import OPEN_PAGES
from .load import load, load_text
from .services import secrets_in
from .settings import Config, PlayerEntry, Web
from .sources import find
from .timezone import local_zone
from .values import Secret, seconds

__all__ = [
    "OPEN_PAGES",
    "Config",
    "PlayerEntry",
    "Secret",
    "Web",
    "find",
    "is_loopback",
    "load",
    "load_text",
    "local_zone",
    "seconds",
    "secrets_in",
]
