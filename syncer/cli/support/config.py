"""The configuration of a command; reading it sets up the log."""

from pathlib import Path

import click

from syncer.config import Config, load, secrets_in
from syncer.telemetry import log

from .extras import NO_APPRISE, is_apprise_missing, require_driver, warn_without_apprise


def read_config(*, show_warnings: bool = True, check_services: bool = False) -> Config:
    """Load the configuration, set up the log and print warnings to stderr. Raises ConfigError.

    `check_services`: check the addresses of notification services, too.
    """
    options = click.get_current_context().find_root().obj
    config = load(options["config"], extra_check=find_invalid_services if check_services else None)
    log.configure(options["level"] or config.log_level, config.log_format, collect_secrets(config))
    require_driver(config.database_url.reveal())
    for warning in config.warnings if show_warnings else ():
        click.echo(f"syncer: warning: {warning}", err=True)
    if not check_services:
        warn_without_apprise(config)
    return config


def reload_config(path: Path | None) -> Config:
    """Load the configuration again for a daemon. The log hides its secrets, too. Raises ConfigError."""
    config = load(path, extra_check=find_invalid_services)
    log.add_secrets(collect_secrets(config))
    return config


def find_invalid_services(config: Config) -> list[str]:
    """Return a problem for each service address that apprise cannot use."""
    # Importing apprise takes half a second, so it happens only if there is an address to check.
    if is_apprise_missing(config):
        return [NO_APPRISE]
    if not config.services:
        return []
    from syncer.notify import invalid_urls

    return invalid_urls([service.url.reveal() for service in config.services])


def collect_secrets(config: Config) -> list[str]:
    """Return every text that no log may show."""
    secrets = [player.key.reveal() for player in (*config.players, config.owner)]
    secrets.append(config.ping_url.reveal())
    # Not only the whole address: a library may log a part of it.
    return secrets + [secret for service in config.services for secret in secrets_in(service.url.reveal())]
