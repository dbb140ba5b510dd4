"""Optional packages: whether they are there, and how to install them as README.md does."""

from importlib.util import find_spec

import click

from syncer.config import Config
from syncer.core.errors import ConfigError

INSTALL = "pip install '.[{}]' (in the folder that holds README.md)"
NO_APPRISE = f"[notify] urls: apprise is needed to send messages; try: {INSTALL.format('notify')}"
NO_DRIVER = "PostgreSQL needs its driver, psycopg"


def is_apprise_missing(config: Config) -> bool:
    return bool(config.services) and find_spec("apprise") is None


def require_driver(url: str) -> None:
    """Raise ConfigError if this is a PostgreSQL database and its driver is not installed."""
    if not url.startswith("sqlite") and find_spec("psycopg") is None:
        raise ConfigError(NO_DRIVER, hint=f"Try: {INSTALL.format('postgres')}")


def require_pyarrow() -> None:
    """Raise ConfigError if the package that writes Parquet is not installed."""
    if find_spec("pyarrow") is None:
        raise ConfigError("Parquet needs pyarrow", hint=f"Try: {INSTALL.format('parquet')}")


def warn_without_apprise(config: Config) -> None:
    if is_apprise_missing(config):
        click.echo(f"syncer: warning: {NO_APPRISE}", err=True)
