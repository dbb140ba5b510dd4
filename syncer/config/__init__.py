"""Configuration: read TOML and the environment, check them, and build one frozen Config."""

from .addresses import is_loopback
from .load import load, load_text, reread_secrets
from .notify_urls import secrets_in
from .restart import needs_restart
from .secret_watch import SecretWatch
from .settings import Config, PlayerEntry, Web
from .sources import find_config_file
from .timezone import local_zone
from .values import Secret, parse_duration
from .warnings import NO_LOGIN

__all__ = [
    "NO_LOGIN",
    "Config",
    "PlayerEntry",
    "Secret",
    "SecretWatch",
    "Web",
    "find_config_file",
    "is_loopback",
    "load",
    "load_text",
    "local_zone",
    "needs_restart",
    "parse_duration",
    "reread_secrets",
    "secrets_in",
]
