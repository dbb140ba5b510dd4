"""A checked document becomes the frozen Config that everybody works with."""

import stat
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from shlex import quote
from urllib.parse import urlsplit

from syncer.core.model.schedule import DailySchedule, IntervalSchedule

from .addresses import LOOPBACK, is_loopback
from .display import display_values
from .players import key_owner, parse_players
from .schema import ApiSection, Document
from .services import build_services
from .settings import Config, PlayerEntry, Web
from .sources import Origins, is_secret
from .timezone import local_zone
from .values import Secret

OPEN_PAGES = "the pages are served at {} and have no login: whoever reaches this address can read them"


def build_config(
    document: Document,
    origins: Origins,
    path: Path | None,
    environ: Mapping[str, str],
    problems: list[str],
) -> Config:
    """The settings with their defaults; adds to `problems` what only shows when they are seen together."""
    api, schedule, database = document.api, document.schedule, document.database
    _check_pace(api, problems)
    if schedule.every is not None and schedule.at is not None:
        problems.append("[schedule] every and at are both set; keep one")
    if schedule.every is not None and schedule.every < 1:
        problems.append("[schedule] every: less than a second")
    _fill_in(document, environ)
    every = IntervalSchedule(timedelta(seconds=schedule.every or 900))
    players = parse_players(document, origins, problems)
    services = build_services(document, problems)
    warnings = _warnings(document, path, origins, players)
    return Config(
        database_url=Secret(database.url),
        auto_upgrade=bool(database.auto_upgrade),
        start_timeout=database.start_timeout,
        base_url=api.base_url,
        requests_per_minute=api.requests_per_minute,
        burst=api.burst,
        batch_size=api.batch_size,
        timeout=api.timeout,
        ca_file=api.ca_file,
        proxy=api.proxy,
        schedule=DailySchedule(schedule.at, schedule.timezone) if schedule.at else every,
        zone=schedule.timezone,
        gap_after=timedelta(seconds=schedule.gap_after),
        jitter=timedelta(seconds=schedule.jitter),
        players=players,
        owner=key_owner(document, players),
        log_level=document.log.level,
        log_format=document.log.format,
        web=Web(**document.web.model_dump()),
        metrics=document.metrics.enabled,
        ping_url=Secret(document.health.ping_url),
        services=services,
        notify_on=frozenset(document.notify.on),
        warnings=warnings,
        files=tuple(_files(path, origins, environ)),
        shown=display_values(document, origins),
    )


def _fill_in(document: Document, environ: Mapping[str, str]) -> None:
    """The defaults that depend on the machine or on other settings."""
    database, schedule = document.database, document.schedule
    database.url = database.url or _default_url()
    if database.auto_upgrade is None:
        database.auto_upgrade = database.url.startswith("sqlite")
    if schedule.every is None and schedule.at is None:
        schedule.every = 900.0
    schedule.timezone = schedule.timezone or local_zone(environ)


def _check_pace(api: ApiSection, problems: list[str]) -> None:
    """Well below the site's limit, whatever a file says; a server on this machine may be asked faster."""
    if api.requests_per_minute > 60 and urlsplit(api.base_url).hostname not in LOOPBACK:
        problems.append("[api] requests_per_minute: more than 60 would get the key banned; 30 is the default")
    if api.burst >= api.requests_per_minute:
        problems.append("[api] burst: must be smaller than requests_per_minute")
    if not 0 < api.timeout <= 300:
        problems.append("[api] timeout: must be at most 5m and more than 0s")


def _warnings(
    document: Document, path: Path | None, origins: Origins, players: tuple[PlayerEntry, ...]
) -> tuple[str, ...]:
    said = []
    secret = {name: origin for name, origin in origins.items() if is_secret(name) and name != "database.url"}
    holds = str(path) in secret.values()
    private = [path] if path and holds else []
    private += _key_files(path, origins)
    for file in private:
        if file.exists() and file.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH):
            said.append(f"{file} holds a key and others can read it; try: chmod 600 {quote(str(file))}")
    keys = [p.key for p in players]
    if any(keys.count(key) > 5 for key in set(keys)):
        said.append(
            "more than five players share one key; the site wants each player's requests with their own"
        )
    if document.web.enabled and not is_loopback(document.web.host):
        said.append(OPEN_PAGES.format(document.web.host))
    return tuple(said)


def _key_files(path: Path | None, origins: Origins) -> list[Path]:
    """Those that the configuration names; what a service manager mounts has permissions of its own."""
    named = {origin for origin in origins.values() if origin.startswith("file ")}
    folder = path.parent if path else Path()
    return [folder / Path(origin.removeprefix("file ")).expanduser() for origin in sorted(named)]


def _files(path: Path | None, origins: Origins, environ: Mapping[str, str]) -> list[Path]:
    """The configuration, the files that it names, and those that the environment does."""
    variables = sorted({o.removeprefix("$") for o in origins.values() if o.endswith("_FILE")})
    named = [Path(environ[variable]).expanduser() for variable in variables if environ.get(variable)]
    return ([path] if path else []) + _key_files(path, origins) + named


def _default_url() -> str:
    import platformdirs

    return f"sqlite:///{platformdirs.user_data_dir('ra-syncer')}/syncer.db"
