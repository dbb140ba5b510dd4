"""Build the frozen Config from a checked document."""

from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import urlsplit

from syncer.core.loopback import LOOPBACK_HOSTS

from .display import display_values
from .paths import SQLITE, user_folder
from .players import build_players, key_owner
from .schedule import build_schedule, check_schedule, length_of, set_intervals
from .schema import ApiSection, Document, ScheduleSection
from .secret_files import setting_files
from .services import build_services
from .settings import Cluster, Config, Web
from .sources import Sources
from .timezone import find_zone
from .values import Secret
from .warnings import find_warnings


def build_config(document: Document, sources: Sources) -> Config:
    """Return the settings with their defaults. Adds the problems that only show between settings."""
    api, schedule, database, cluster = document.api, document.schedule, document.database, document.cluster
    origins, problems = sources.origins, sources.problems
    _check_request_budget(api, problems)
    check_schedule(schedule, sources)
    _set_defaults(document, problems)
    _check_cluster(document, problems)
    zone_problem = _set_zone(schedule, sources.environ)
    players = build_players(document, sources)
    return Config(
        database_url=Secret(database.url),
        former_database=sources.former_database,
        auto_upgrade=bool(database.auto_upgrade),
        start_timeout=database.start_timeout,
        base_url=api.base_url,
        requests_per_minute=api.requests_per_minute,
        burst=api.burst,
        batch_size=api.batch_size,
        timeout=api.timeout,
        ca_file=api.ca_file,
        proxy=api.proxy,
        schedule=build_schedule(schedule),
        idle_every=length_of(schedule.idle_every),
        play_every=length_of(schedule.play_every),
        zone=schedule.timezone,
        zone_problem=zone_problem,
        gap_after=timedelta(seconds=schedule.gap_after),
        jitter=timedelta(seconds=schedule.jitter),
        players=players,
        owner=key_owner(document, players),
        log_level=document.log.level,
        log_format=document.log.format,
        web=Web(**document.web.model_dump()),
        metrics=document.metrics.enabled,
        ping_url=Secret(document.health.ping_url),
        services=build_services(document),
        notify_on=frozenset(document.notify.on),
        streak_hour=document.notify.streak_hour,
        cluster=Cluster(cluster.enabled, cluster.queue_schema, cluster.dead_after),
        warnings=find_warnings(document, sources, players, zone_problem),
        files=tuple(setting_files(sources)),
        shown=display_values(document, origins),
        sources=sources,
    )


def _set_zone(schedule: ScheduleSection, environ: Mapping[str, str]) -> str:
    """Set the zone to the machine's, if none is configured. Return what is wrong with that."""
    problem = ""
    if not schedule.timezone:
        schedule.timezone, problem = find_zone(environ)
    return problem


def _set_defaults(document: Document, problems: list[str]) -> None:
    """Set the defaults that depend on the machine or on other settings."""
    database = document.database
    database.url = database.url or _default_url(problems)
    if database.auto_upgrade is None:
        # On PostgreSQL no copy is kept before the upgrade, so a person has to decide.
        database.auto_upgrade = database.url.startswith("sqlite")
    set_intervals(document.schedule)


def _check_request_budget(api: ApiSection, problems: list[str]) -> None:
    # The site does not publish its limit; 60 a minute is well below it. A test server may be faster.
    if api.requests_per_minute > 60 and urlsplit(api.base_url).hostname not in LOOPBACK_HOSTS:
        problems.append("[api] requests_per_minute: more than 60 would get the key banned; 30 is the default")
    # The sustained rate is the difference of the two (RateLimits.spacing).
    if api.burst >= api.requests_per_minute:
        problems.append("[api] burst: must be smaller than requests_per_minute")
    if not 0 < api.timeout <= 300:
        problems.append("[api] timeout: must be at most 5m and more than 0s")


def _check_cluster(document: Document, problems: list[str]) -> None:
    cluster = document.cluster
    if cluster.enabled and document.database.url.startswith("sqlite"):
        problems.append("[cluster] enabled: needs PostgreSQL, and [database] url is a file of SQLite")
    if cluster.dead_after < 3:
        problems.append("[cluster] dead_after: must be at least 3s; 5m is the default")


def _default_url(problems: list[str]) -> str:
    for file in user_folder("data", "syncer.db"):
        return f"{SQLITE}{file}"
    problems.append("[database] url: no home folder for the default; set it, like sqlite:////data/syncer.db")
    return ""
