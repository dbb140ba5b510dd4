"""TOML and the environment become one frozen Config, or every problem at once."""

import difflib
import os
import re
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from syncer.core.errors import ConfigError
from syncer.core.model import MAX_NUMBER
from syncer.core.schedule import Daily, Every

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
DURATION = re.compile(r"(\d{1,6}(?:\.\d{1,3})?)([smhd])")
LOOPBACK = ("localhost", "127.0.0.1", "::1")
SECRETS = ("database.url", "api.key", "players.*.api_key")  # those that `…_FILE` may name a file for
Origins = dict[str, str]


class Secret:
    """A text that shows itself to nobody but `reveal`."""

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)


def seconds(text: Any) -> float:
    """A duration in seconds. Raises ValueError."""
    found = DURATION.fullmatch(text.strip()) if isinstance(text, str) else None
    if not found:
        raise ValueError(f"{text!r} is not a duration (like 45s, 15m, 6h, 7d)")
    return float(found[1]) * UNITS[found[2]]


def _game_ids(value: Any) -> Any:
    pieces = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else [value]
    return tuple(dict.fromkeys(_game_id(piece) for piece in pieces))


def _game_id(piece: Any) -> int:
    if isinstance(piece, str) and piece.strip() == "played":
        raise ValueError("'played' is not there yet in this version; list the ids")
    number = (
        int(piece)
        if isinstance(piece, str) and piece.strip().isascii() and piece.strip().isdigit()
        else piece
    )
    if type(number) is not int or not 0 < number <= MAX_NUMBER:
        raise ValueError(f"{piece!r} is not a game id (a positive number)")
    return number


def _zone(value: Any) -> Any:
    try:
        return ZoneInfo(value)
    except (ValueError, TypeError, OSError, KeyError):
        raise ValueError(f"{value!r} is not a time zone (like Europe/Berlin)") from None


def _times(value: Any) -> Any:
    pieces = [p.strip() for p in value.split(",")] if isinstance(value, str) else value
    if not isinstance(pieces, list) or not pieces:
        raise ValueError('is not a list of times (like ["06:00", "18:30"])')
    return tuple(_time(piece) for piece in pieces)


def _time(piece: Any) -> time:
    if not isinstance(piece, str) or not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", piece):
        raise ValueError(f"{piece!r} is not a time (like 06:00)")
    return time.fromisoformat(piece)


def _base_url(value: Any) -> Any:
    parts = urlsplit(value) if isinstance(value, str) else urlsplit("")
    plain = parts.scheme == "http" and parts.hostname in LOOPBACK
    if not parts.hostname or not (parts.scheme == "https" or plain):
        raise ValueError(f"{value!r} is not an address that begins with https://")
    if parts.query or parts.fragment or parts.username:
        raise ValueError("an address without name, question mark or hash is needed")
    return value.rstrip("/")


def _database_url(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(("postgresql://", "postgres://", "postgresql+psycopg://")):
        return value
    if (
        isinstance(value, str)
        and value.startswith("sqlite:///")
        and value != "sqlite:///"
        and ":memory:" not in value
    ):
        return value
    raise ValueError("is not a database that lasts (sqlite:///file.db or postgresql://…)")


def _matching(pattern: str, what: str) -> Any:
    def check(value: Any) -> Any:
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise ValueError(f"is not {what}")
        return value

    return check


Duration = Annotated[float, BeforeValidator(seconds)]
Name = Annotated[
    str, BeforeValidator(_matching("[A-Za-z0-9]{2,20}", "a username (2 to 20 letters and digits)"))
]
Ulid = Annotated[str, BeforeValidator(_matching("[A-Za-z0-9]{26}", "a ULID (26 letters and digits)"))]
Key = Annotated[str, BeforeValidator(_matching("[!-~]+", "a key (letters and digits, no blanks)"))]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class DatabaseSection(Section):
    url: Annotated[str, BeforeValidator(_database_url)] = ""
    auto_upgrade: bool | None = None
    start_timeout: Duration = 60.0


class ApiSection(Section):
    username: Name | None = None
    key: Key | None = None
    key_file: str = ""
    base_url: Annotated[str, BeforeValidator(_base_url)] = "https://retroachievements.org/API"
    requests_per_minute: float = Field(default=30, gt=1)
    burst: int = Field(default=3, ge=1)
    batch_size: int = Field(default=100, ge=1, le=500)
    timeout: Duration = 30.0
    ca_file: str = ""
    proxy: str = ""


class ScheduleSection(Section):
    every: Duration | None = None
    at: Annotated[tuple[time, ...], BeforeValidator(_times)] | None = None
    timezone: Annotated[Any, BeforeValidator(_zone)] = None
    jitter: Duration = 30.0
    gap_after: Duration = 1800.0


class PlayerSection(Section):
    username: Name | None = None
    ulid: Ulid | None = None
    games: Annotated[tuple[int, ...], BeforeValidator(_game_ids)] = ()
    api_username: Name | None = None
    api_key: Key | None = None
    api_key_file: str = ""


class LogSection(Section):
    level: Annotated[
        str, BeforeValidator(_matching("debug|info|warning|error", "debug, info, warning or error"))
    ] = "info"
    format: Annotated[str, BeforeValidator(_matching("text|json", "text or json"))] = "text"


class Document(Section):
    database: DatabaseSection = DatabaseSection()
    api: ApiSection = ApiSection()
    schedule: ScheduleSection = ScheduleSection()
    players: list[PlayerSection] = []
    log: LogSection = LogSection()


@dataclass(frozen=True)
class PlayerEntry:
    """A configured player. `key` and `api_username` are those its requests are made with."""

    username: str | None
    ulid: str | None
    games: tuple[int, ...]
    api_username: str
    key: Secret

    @property
    def label(self) -> str:
        return self.username or self.ulid or "?"


@dataclass(frozen=True)
class Config:
    """All settings, effective. Durations in seconds unless they are timedeltas."""

    database_url: Secret
    auto_upgrade: bool
    start_timeout: float
    base_url: str
    requests_per_minute: float
    burst: int
    batch_size: int
    timeout: float
    ca_file: str
    proxy: str
    schedule: Every | Daily
    zone: ZoneInfo | Any
    gap_after: timedelta
    jitter: timedelta
    players: tuple[PlayerEntry, ...]
    log_level: str
    log_format: str
    warnings: tuple[str, ...]
    shown: tuple[tuple[str, Any, str], ...]  # name, value (masked), origin


def find(explicit: Path | None, environ: Mapping[str, str]) -> Path | None:
    """The configuration file, in the contract's order. Raises ConfigError for a named one that is missing."""
    import platformdirs

    named = explicit or (Path(environ["SYNCER_CONFIG"]) if environ.get("SYNCER_CONFIG") else None)
    if named:
        if not named.is_file():
            raise ConfigError("the configuration was not found", [f"{named}: no such file"])
        return named
    home = Path(platformdirs.user_config_dir("ra-syncer")) / "config.toml"
    places = (Path("config.toml"), home, Path("/etc/syncer/config.toml"))
    return next((place for place in places if place.is_file()), None)


def load(explicit: Path | None = None, environ: Mapping[str, str] = os.environ) -> Config:
    """Raises ConfigError with every problem."""
    path = find(explicit, environ)
    problems: list[str] = []
    raw, origins = _from_file(path, problems)
    _overlay(raw, origins, environ, problems)
    _read_key_files(raw, origins, path, environ, problems)
    document = _validated(raw, origins, problems)
    config = _effective(document, origins, path, environ, problems)
    if problems:
        name = path or "the configuration"
        raise ConfigError(f"{name} has {len(problems)} problem{'s' * (len(problems) > 1)}", problems)
    assert config is not None
    return config


def _from_file(path: Path | None, problems: list[str]) -> tuple[dict[str, Any], Origins]:
    if path is None:
        return {}, {}
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        problems.append(f"{path}: {_without_values(error)}")
        return {}, {}
    return raw, dict.fromkeys(_leaves(raw), str(path))


def _without_values(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"cannot be read ({error.strerror})"
    place = re.search(r"at line \d+, column \d+|at end of document", str(error))
    return f"is not TOML {place[0] if place else ''}".rstrip()


def _leaves(raw: Mapping[str, Any], prefix: str = "") -> list[str]:
    found = []
    for name, value in raw.items():
        if isinstance(value, dict):
            found += _leaves(value, f"{prefix}{name}.")
        elif isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
            for index, item in enumerate(value):
                found += _leaves(item, f"{prefix}{name}.{index}.")
        else:
            found.append(prefix + name)
    return found


def _overlay(raw: dict[str, Any], origins: Origins, environ: Mapping[str, str], problems: list[str]) -> None:
    """SYNCER_<SECTION>__<KEY>, and …_FILE for secrets. The environment wins."""
    ours = sorted(name for name in environ if name.startswith("SYNCER_") and "__" in name)
    for name in ours:
        dotted = name.removeprefix("SYNCER_").lower().replace("__", ".")
        value: str | None = environ[name]
        plain = dotted.removesuffix("_file")
        if dotted.endswith("_file") and _is_secret(plain):
            if name.removesuffix("_FILE") in environ:
                problems.append(f"${name}: ${name.removesuffix('_FILE')} is set as well; keep one")
            dotted, value = plain, _secret_file(Path(environ[name]), f"${name}", problems)
        if value is not None:
            _put(raw, dotted, value, f"${name}", problems)
            origins[dotted] = f"${name}"


def _is_secret(dotted: str) -> bool:
    return re.sub(r"\.\d+\.", ".*.", dotted) in SECRETS


def _secret_file(path: Path, name: str, problems: list[str]) -> str | None:
    """The file's text without one newline at its end."""
    try:
        text = path.expanduser().read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        problems.append(f"{name}: the file cannot be read ({getattr(error, 'strerror', None) or 'not text'})")
        return None
    text = text.removesuffix("\n").removesuffix("\r")
    if not text:
        problems.append(f"{name}: the file is empty")
        return None
    return text


def _put(raw: dict[str, Any], dotted: str, value: str, name: str, problems: list[str]) -> None:
    """Set one value where TOML would have it; numbers and booleans are read from the text."""
    *way, last = dotted.split(".")
    place: Any = raw
    for step in way:
        if isinstance(place, list):
            index = int(step) if step.isdigit() else -1
            if not 0 <= index <= len(place):
                problems.append(f"{name}: players are numbered 0, 1, 2 …")
                return
            if index == len(place):
                place.append({})
            place = place[index]
        else:
            place = place.setdefault(step, [] if step == "players" else {})
    if isinstance(place, dict):
        place[last] = {"true": True, "false": False}.get(value.lower(), value)
    else:
        problems.append(f"{name} is not a setting")


def _read_key_files(
    raw: dict[str, Any], origins: Origins, path: Path | None, environ: Mapping[str, str], problems: list[str]
) -> None:
    """key_file and api_key_file of the file; then systemd's credential."""
    folder = path.parent if path else Path()
    players = raw.get("players") if isinstance(raw.get("players"), list) else []
    owners = [("api", raw.get("api"), "key")] + [
        (f"players.{n}", p, "api_key") for n, p in enumerate(players or [])
    ]
    for where, section, name in owners:
        named = section.get(f"{name}_file") if isinstance(section, dict) else None
        if not isinstance(section, dict) or not isinstance(named, str) or not named:
            continue
        from_environment = origins.get(f"{where}.{name}", "").startswith("$")
        if name in section and not from_environment:
            problems.append(f"{path}: [{where}] {name} and {name}_file are both set; keep one")
        elif name not in section:
            text = _secret_file(
                folder / Path(named).expanduser(), f"{path or ''}: [{where}] {name}_file", problems
            )
            section[name] = text if text is not None else "missing"
            origins[f"{where}.{name}"] = f"file {named}"
    credential = Path(environ.get("CREDENTIALS_DIRECTORY") or "/nowhere") / "api_key"
    if isinstance(raw.setdefault("api", {}), dict) and "key" not in raw["api"] and credential.is_file():
        text = _secret_file(credential, "$CREDENTIALS_DIRECTORY/api_key", problems)
        if text is not None:
            raw["api"]["key"], origins["api.key"] = text, "$CREDENTIALS_DIRECTORY/api_key"


def _validated(raw: dict[str, Any], origins: Origins, problems: list[str]) -> Document | None:
    try:
        return Document.model_validate(raw)
    except ValidationError as found:
        problems += [
            _sentence(error, origins) for error in found.errors(include_input=False, include_url=False)
        ]
        return None


def _sentence(error: Any, origins: Origins) -> str:
    dotted = ".".join(str(step) for step in error["loc"])
    origin = origins.get(dotted) or next((o for d, o in origins.items() if d.startswith(dotted)), "")
    *way, last = [str(step) for step in error["loc"]]
    from_environment = origin.startswith("$")
    where = f"{origin}: " if from_environment or not way else f"{origin}: [{'.'.join(way)}] {last}: "
    if error["type"] == "extra_forbidden":
        near = difflib.get_close_matches(last, _settings(way), 1)
        guess = f"; did you mean {near[0]}?" if near else ""
        return f"{where}{last + ' ' if from_environment or not way else ''}is not a setting{guess}"
    return f"{where if origin else dotted + ': '}{error['msg'].removeprefix('Value error, ')}"


def _settings(way: list[str]) -> list[str]:
    model: Any = Document
    sections = {"database": DatabaseSection, "api": ApiSection, "schedule": ScheduleSection}
    sections |= {"players": PlayerSection, "log": LogSection}
    if way:
        model = sections.get(way[0], Document)
    return list(model.model_fields)


def _effective(
    document: Document | None,
    origins: Origins,
    path: Path | None,
    environ: Mapping[str, str],
    problems: list[str],
) -> Config | None:
    if document is None:
        return None
    api, schedule, database = document.api, document.schedule, document.database
    _check_pace(api, problems)
    if schedule.every is not None and schedule.at is not None:
        problems.append("[schedule] every and at are both set; keep one")
    if schedule.every is not None and schedule.every < 1:
        problems.append("[schedule] every: less than a second")
    zone = schedule.timezone or local_zone(environ)
    every = Every(timedelta(seconds=schedule.every or 900))
    players = _players(document, problems)
    url = database.url or _default_url()
    warnings = _warnings(document, path, origins, players)
    return Config(
        database_url=Secret(url),
        auto_upgrade=url.startswith("sqlite") if database.auto_upgrade is None else database.auto_upgrade,
        start_timeout=database.start_timeout,
        base_url=api.base_url,
        requests_per_minute=api.requests_per_minute,
        burst=api.burst,
        batch_size=api.batch_size,
        timeout=api.timeout,
        ca_file=api.ca_file,
        proxy=api.proxy,
        schedule=Daily(schedule.at, zone) if schedule.at else every,
        zone=zone,
        gap_after=timedelta(seconds=schedule.gap_after),
        jitter=timedelta(seconds=schedule.jitter),
        players=players,
        log_level=document.log.level,
        log_format=document.log.format,
        warnings=warnings,
        shown=_shown(document, url, origins),
    )


def _check_pace(api: ApiSection, problems: list[str]) -> None:
    """Well below the site's limit, whatever a file says; a server on this machine may be asked faster."""
    if api.requests_per_minute > 60 and urlsplit(api.base_url).hostname not in LOOPBACK:
        problems.append("[api] requests_per_minute: more than 60 would get the key banned; 30 is the default")
    if api.burst >= api.requests_per_minute:
        problems.append("[api] burst: must be smaller than requests_per_minute")
    if not 0 < api.timeout <= 300:
        problems.append("[api] timeout: must be at most 5m and more than 0s")


def _players(document: Document, problems: list[str]) -> tuple[PlayerEntry, ...]:
    api = document.api
    sections = document.players or [PlayerSection(username=api.username)]
    entries = []
    for number, section in enumerate(sections):
        where = f"[[players]] number {number + 1}"
        alone = api.username if len(sections) == 1 else None
        username = section.username or (None if section.ulid else alone)
        key, api_username = section.api_key or api.key, section.api_username or api.username or username
        if username is None and section.ulid is None:
            problems.append(f"{where}: username is missing (or ulid, or [api] username)")
        if not section.games:
            problems.append(f"{where}: games is missing; list ids, like games = [1, 2, 3]")
        if key is None:
            problems.append(
                f"{where}: no key; set [api] key_file, or $SYNCER_API__KEY (your site settings show it)"
            )
        entry = PlayerEntry(username, section.ulid, section.games, api_username or "", Secret(key or ""))
        entries.append(entry)
    for label in _twice([e.username for e in entries] + [e.ulid for e in entries]):
        problems.append(f"[[players]]: {label} stands there twice")
    return tuple(entries)


def _twice(names: list[str | None]) -> set[str]:
    lower = [name.lower() for name in names if name]
    return {name for name in lower if lower.count(name) > 1}


def _warnings(
    document: Document, path: Path | None, origins: Origins, players: tuple[PlayerEntry, ...]
) -> tuple[str, ...]:
    said = []
    holds = any(_is_secret(name) and origin == str(path) for name, origin in origins.items() if "key" in name)
    if path and holds and path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH):
        said.append(f"{path} holds a key and others can read it; try: chmod 600 {path}")
    keys = [p.key for p in players]
    if any(keys.count(key) > 5 for key in set(keys)):
        said.append(
            "more than five players share one key; the site wants each player's requests with their own"
        )
    return tuple(said)


def _default_url() -> str:
    import platformdirs

    return f"sqlite:///{platformdirs.user_data_dir('ra-syncer')}/syncer.db"


def local_zone(environ: Mapping[str, str]) -> Any:
    """The machine's zone; UTC where it cannot be known."""
    for name in (environ.get("TZ", "").lstrip(":"), _localtime_link()):
        try:
            if name:
                return ZoneInfo(name)
        except (ValueError, OSError, KeyError):
            continue
    return ZoneInfo("UTC")


def _localtime_link() -> str:
    target = str(Path("/etc/localtime").resolve())
    return target.partition("zoneinfo/")[2]


def _shown(document: Document, url: str, origins: Origins) -> tuple[tuple[str, Any, str], ...]:
    values = _flat(document.model_dump())
    values["database.url"] = re.sub(r"(://[^:/@]*:)[^@]*@", r"\1***@", url)
    rows = []
    for name, value in values.items():
        secret = _is_secret(name) and name != "database.url"
        origin = origins.get(name, "default")
        rows.append((name, "***" if secret and value else _plain(value), origin))
    return tuple(rows)


def _flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, dict):
            made |= _flat(value, f"{prefix}{name}.")
        elif name == "players":
            for index, item in enumerate(value):
                made |= _flat(item, f"players.{index}.")
        else:
            made[prefix + name] = value
    return made


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, time):
        return value.isoformat("minutes")
    return value if value is None or isinstance(value, (str, int, float, bool)) else str(value)


def parse_when(text: str, zone: Any, now: datetime, *, end_of_day: bool) -> datetime:
    """WHEN of the commands: ISO-8601, a date, or `3d` ago. UTC. Raises ValueError; the future is one."""
    moment = _when(text.strip(), zone, now, end_of_day)
    if moment > now:
        raise ValueError(f"{text} lies in the future")
    return moment


def _when(text: str, zone: Any, now: datetime, end_of_day: bool) -> datetime:
    if ago := re.fullmatch(r"(\d{1,6})([smhdw])", text):
        return now - timedelta(seconds=int(ago[1]) * (UNITS | {"w": 604800})[ago[2]])
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is no moment (like 2026-05-01, 2026-05-01T18:30, 3d)") from None
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text) and end_of_day:
        ended = (moment + timedelta(days=1)).replace(tzinfo=zone) - timedelta(milliseconds=1)
        return (
            min(ended.astimezone(now.tzinfo), now) if moment.date() == now.astimezone(zone).date() else ended
        )
    return moment.replace(tzinfo=zone) if moment.tzinfo is None else moment
