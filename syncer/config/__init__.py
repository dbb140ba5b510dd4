"""Configuration: TOML and the environment become one frozen Config."""

from .load import load, load_text
from .services import secrets_in
from .settings import Config, PlayerEntry
from .sources import find
from .values import Secret, seconds
from .zone import local_zone

__all__ = [
    "Config",
    "PlayerEntry",
    "Secret",
    "find",
    "load",
    "load_text",
    "local_zone",
    "seconds",
    "secrets_in",
]
