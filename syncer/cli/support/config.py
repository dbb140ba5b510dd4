"""The configuration of a command; reading it sets up the log."""

import logging
from collections.abc import Iterable
from pathlib import Path

import click

from syncer.config import Config, SecretWatch, load, needs_restart, reread_secrets, secrets_in
from syncer.telemetry import log

from .extras import NO_APPRISE, is_apprise_missing, require_driver, warn_without_apprise
from .listening_host import find_unusable_host

logger = logging.getLogger("syncer")


def read_config(
    *,
    show_warnings: bool = True,
    check_services: bool = False,
    check_host: bool = False,
    log_warnings: bool = False,
    sends: bool = True,
) -> Config:
    """Load the configuration, set up the log and print warnings to stderr. Raises ConfigError.

    `check_services`: check the addresses of notification services, too. `check_host`: and whether the pages
    can be served at [web] host. `log_warnings`: log the warnings instead, as a reader may expect JSON.
    `sends`: False for a command that only reads a database, which needs neither players nor a key.
    """
    options = click.get_current_context().find_root().obj
    checks = [find_invalid_services] * check_services + [find_unusable_host] * check_host
    config = load(
        options["config"],
        extra_check=lambda config: [problem for check in checks for problem in check(config)],
        sends=sends,
    )
    log.configure(options["level"] or config.log_level, config.log_format, collect_secrets(config))
    require_driver(config.database_url.reveal())
    if not check_services:
        warn_without_apprise(config)
    if log_warnings:
        _log_warnings(config.warnings)
    elif show_warnings:
        for warning in config.warnings:
            click.echo(f"syncer: warning: {warning}", err=True)
    return config


def _log_warnings(warnings: Iterable[str]) -> None:
    for warning in warnings:
        logger.warning("%s", warning, extra={"facts": {"event": "config_warning"}})


def reload_config(path: Path | None, started: Config | None = None, level: str | None = None) -> Config:
    """Load the configuration again for a daemon that has `started` with another one. Raises ConfigError.

    Applies [log], and logs new warnings and the settings that need a restart. `level`: of -v or -q, instead
    of the configured one. May be called in any thread, unlike what asks click for the options.
    """
    config = load(path, extra_check=find_invalid_services)
    log.add_secrets(collect_secrets(config))
    if started:
        log.change_style(level or config.log_level, config.log_format)
        _log_warnings(warning for warning in config.warnings if warning not in started.warnings)
        _log_needed_restart(started, config)
    return config


def reread_config(config: Config, started: Config) -> Config:
    """Read the secrets of a daemon's configuration again. Raises ConfigError."""
    fresh = reread_secrets(config, extra_check=find_invalid_services)
    log.add_secrets(collect_secrets(fresh))
    _log_warnings(warning for warning in fresh.warnings if warning not in config.warnings)
    _log_needed_restart(started, fresh)
    return fresh


def reread_if_changed(
    watch: SecretWatch, config: Config, started: Config, *, again: bool = False
) -> Config | None:
    """Return the configuration with secrets that have changed, or None. Raises ConfigError.

    `again`: read them also where their files are as they were.
    """
    if not (watch.has_changed(config.sources) or again):
        return None
    fresh = reread_config(config, started)
    return fresh if fresh != config else None


def _log_needed_restart(started: Config, now: Config) -> None:
    if changed := needs_restart(started, now):
        text = f"changed, but used only after a restart: {', '.join(changed)}"
        logger.warning("%s", text, extra={"facts": {"event": "restart_needed", "settings": changed}})


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
