"""The document's sections, as pydantic checks them."""

from datetime import time
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from syncer.core.notifications.model import WANTABLE, Kind

from .addresses import authorities_of, base_url_of, database_url_of, host_of, hosts_of, ping_url_of, proxy_of
from .services import kinds_of, urls_of
from .values import Duration, Key, Name, Ulid, Whole, game_ids, matching, times, zone_of


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class DatabaseSection(Section):
    url: Annotated[str, BeforeValidator(database_url_of)] = ""
    auto_upgrade: bool | None = None
    start_timeout: Duration = 60.0


class ApiSection(Section):
    username: Name | None = None
    key: Key | None = None
    key_file: str = ""
    base_url: Annotated[str, BeforeValidator(base_url_of)] = "https://retroachievements.org/API"
    requests_per_minute: float = Field(default=30, gt=1, le=100_000, allow_inf_nan=False)
    burst: Whole = Field(default=3, ge=1)
    batch_size: Whole = Field(default=100, ge=1, le=500)
    timeout: Duration = 30.0
    ca_file: Annotated[str, BeforeValidator(authorities_of)] = ""
    proxy: Annotated[str, BeforeValidator(proxy_of)] = ""


class ScheduleSection(Section):
    every: Duration | None = None
    at: Annotated[tuple[time, ...], BeforeValidator(times)] | None = None
    timezone: Annotated[Any, BeforeValidator(zone_of)] = None
    jitter: Duration = 30.0
    gap_after: Duration = 1800.0


class PlayerSection(Section):
    username: Name | None = None
    ulid: Ulid | None = None
    games: Annotated[tuple[int | str, ...], BeforeValidator(game_ids)] = ()
    unlocks: bool = True
    api_username: Name | None = None
    api_key: Key | None = None
    api_key_file: str = ""


class LogSection(Section):
    level: Annotated[
        str, BeforeValidator(matching("debug|info|warning|error", "debug, info, warning or error"))
    ] = "info"
    format: Annotated[str, BeforeValidator(matching("text|json", "text or json"))] = "text"


class WebSection(Section):
    enabled: bool = False
    host: Annotated[str, BeforeValidator(host_of)] = "127.0.0.1"
    port: Whole = Field(default=8765, ge=0, le=65535)
    allowed_hosts: Annotated[tuple[str, ...], BeforeValidator(hosts_of)] = ()
    icons: bool = False


class MetricsSection(Section):
    enabled: bool = True


class HealthSection(Section):
    ping_url: Annotated[str, BeforeValidator(ping_url_of)] = ""
    ping_url_file: str = ""


class NotifySection(Section):
    urls: Annotated[tuple[str, ...], BeforeValidator(urls_of)] = ()
    urls_file: str = ""
    on: Annotated[tuple[Kind, ...], BeforeValidator(kinds_of)] = WANTABLE


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
