"""The sections of the configuration document, checked by pydantic."""

from datetime import time
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from syncer.core.notifications.model import DEFAULT_KINDS, DEFAULT_STREAK_HOUR, MessageKind

from .addresses import (
    parse_base_url,
    parse_ca_file,
    parse_database_url,
    parse_host,
    parse_hosts,
    parse_ping_url,
    parse_proxies,
    parse_proxy,
    read_base_path,
)
from .notify_urls import parse_kinds, parse_urls
from .values import (
    Duration,
    DurationOrOff,
    Key,
    Name,
    PositiveInt,
    Ulid,
    matching,
    parse_game_ids,
    parse_times,
    parse_zone,
)


class Section(BaseModel):
    # A misspelt setting is an error, and no error shows a value, which may be a key.
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class DatabaseSection(Section):
    url: Annotated[str, BeforeValidator(parse_database_url)] = ""
    auto_upgrade: bool | None = None
    start_timeout: Duration = 60.0


class ApiSection(Section):
    username: Name | None = None
    key: Key | None = None
    key_file: str = ""
    base_url: Annotated[str, BeforeValidator(parse_base_url)] = "https://retroachievements.org/API"
    # Half of the 60 that was measured as accepted for long (site-api.md section 10).
    requests_per_minute: float = Field(default=30, gt=1, le=100_000, allow_inf_nan=False)
    burst: PositiveInt = Field(default=3, ge=1)
    batch_size: PositiveInt = Field(default=100, ge=1, le=500)
    timeout: Duration = 30.0
    ca_file: Annotated[str, BeforeValidator(parse_ca_file)] = ""
    proxy: Annotated[str, BeforeValidator(parse_proxy)] = ""


class ScheduleSection(Section):
    every: Duration | None = None
    at: Annotated[tuple[time, ...], BeforeValidator(parse_times)] | None = None
    idle_every: Duration | None = None
    play_every: DurationOrOff | None = None
    timezone: Annotated[Any, BeforeValidator(parse_zone)] = None
    jitter: Duration = 30.0
    gap_after: Duration = 1800.0


class PlayerSection(Section):
    username: Name | None = None
    ulid: Ulid | None = None
    games: Annotated[tuple[int | str, ...], BeforeValidator(parse_game_ids)] = ()
    unlocks: bool = True
    rank: bool = True
    sessions: bool = True
    api_username: Name | None = None
    api_key: Key | None = None
    api_key_file: str = ""


class ClusterSection(Section):
    enabled: bool = False
    # A name of a schema, as PostgreSQL takes it without quotes.
    queue_schema: Annotated[
        str, BeforeValidator(matching("[a-z_][a-z0-9_]{0,62}", "a name of lower-case letters, digits and _"))
    ] = "syncer_queue"
    dead_after: Duration = 300.0


class LogSection(Section):
    level: Annotated[
        str, BeforeValidator(matching("debug|info|warning|error", "debug, info, warning or error"))
    ] = "info"
    format: Annotated[str, BeforeValidator(matching("text|json", "text or json"))] = "text"


class WebSection(Section):
    enabled: bool = False
    host: Annotated[str, BeforeValidator(parse_host)] = "127.0.0.1"
    port: PositiveInt = Field(default=8765, ge=0, le=65535)
    allowed_hosts: Annotated[tuple[str, ...], BeforeValidator(parse_hosts)] = ()
    base_path: Annotated[str, BeforeValidator(read_base_path)] = ""
    trusted_proxies: Annotated[tuple[str, ...], BeforeValidator(parse_proxies)] = ()
    icons: bool = False


class MetricsSection(Section):
    enabled: bool = True


class HealthSection(Section):
    ping_url: Annotated[str, BeforeValidator(parse_ping_url)] = ""
    ping_url_file: str = ""


class NotifySection(Section):
    urls: Annotated[tuple[str, ...], BeforeValidator(parse_urls)] = ()
    urls_file: str = ""
    on: Annotated[tuple[MessageKind, ...], BeforeValidator(parse_kinds)] = DEFAULT_KINDS
    streak_hour: PositiveInt = Field(default=DEFAULT_STREAK_HOUR, ge=0, le=23)


class Document(Section):
    database: DatabaseSection = DatabaseSection()
    api: ApiSection = ApiSection()
    schedule: ScheduleSection = ScheduleSection()
    players: list[PlayerSection] = []
    log: LogSection = LogSection()
    web: WebSection = WebSection()
    metrics: MetricsSection = MetricsSection()
    health: HealthSection = HealthSection()
    notify: NotifySection = NotifySection()
    cluster: ClusterSection = ClusterSection()


SECTIONS: dict[str, type[Section]] = {
    "database": DatabaseSection,
    "api": ApiSection,
    "schedule": ScheduleSection,
    "players": PlayerSection,
    "log": LogSection,
    "web": WebSection,
    "metrics": MetricsSection,
    "health": HealthSection,
    "notify": NotifySection,
    "cluster": ClusterSection,
}
