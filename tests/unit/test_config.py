"""A configuration is right, or every problem is told at once, without a secret in it."""

import os
import re
from datetime import timedelta
from pathlib import Path

import pytest

from syncer.config import Config, Secret, find_config_file, load, local_zone, parse_duration
from syncer.config.values import serialize_duration
from syncer.core.errors import ConfigError, DatabaseIncompatible
from syncer.core.model.schedule import DailySchedule, IntervalSchedule
from syncer.store.db.engine import Database

CANARY = "canary0secret"
GOOD = {"SYNCER_API__USERNAME": "Max", "SYNCER_API__KEY": CANARY, "SYNCER_PLAYERS__0__GAMES": "1, 2,2"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(text)
    path.chmod(0o600)
    return path


def problems(folder: Path, text: str = "", environ: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(ConfigError) as found:
        load(written(folder, text), environ or {})
    assert CANARY not in str(found.value) + "".join(found.value.problems)
    return list(found.value.problems)


def test_the_environment_alone_is_enough(folder: Path) -> None:
    config = load(None, GOOD)
    (player,) = config.players
    assert (player.username, player.games, player.api_username) == ("Max", (1, 2), "Max")
    assert player.key == Secret(CANARY)
    assert (config.schedule, config.auto_upgrade) == (IntervalSchedule(timedelta(minutes=15)), True)
    assert CANARY not in repr(config)


def test_all_problems_are_told_at_once(folder: Path) -> None:
    text = """
[api]
usernme = "x"
timeout = "3x"
burst = 40
[schedule]
timezone = "Mars/Base"
at = ["25:00"]
[[players]]
games = [1, "two", true]
[page]
enabled = true
"""
    found = "\n".join(problems(folder, text, {"SYNCER_API__KEYY": CANARY, "SYNCER_API__KEY": f"{CANARY} x"}))
    for wanted in (
        "[api] usernme: is not a setting; did you mean username?",
        "'3x' is not a duration",
        "'Mars/Base' is not a time zone",
        "'25:00' is not a time",
        "'two' is not a game id",
        "page: is not a setting",
        "$SYNCER_API__KEYY: keyy is not a setting; did you mean key?",
        "$SYNCER_API__KEY: is not a key",
    ):
        assert wanted in found


@pytest.mark.parametrize(
    ("text", "environ", "wanted"),
    [
        ("", {}, "no key"),  # nothing at all
        ('[api]\nkey="k"\n[[players]]\nusername="Max"\n', {}, "games is missing"),
        ("[api\n", {}, "is not TOML"),
        ('[api]\nbase_url="http://example.org"\n', {}, "https://"),
        ('[api]\nbase_url="https://u@example.org"\n', {}, "without user name"),
        ("[api]\nrequests_per_minute=100\n", GOOD, "banned"),
        ("[api]\nburst=30\n", GOOD, "burst"),
        ('[api]\ntimeout="9m"\n', GOOD, "timeout"),
        ("[api]\nbatch_size=0\n", GOOD, "batch_size"),
        ('[database]\nurl="sqlite://"\n', GOOD, "permanent"),  # a history in memory would be lost
        ('[database]\nurl="mysql://x"\n', GOOD, "permanent"),
        ('[database]\nurl="sqlite:////"\n', GOOD, "permanent"),
        ('[schedule]\nevery="5m"\nat=["06:00"]\n', GOOD, "keep one"),
        ('[schedule]\nevery="0s"\n', GOOD, "less than a second"),
        ("[schedule]\nat=7\n", GOOD, "list of times"),
        ('[log]\nlevel="loud"\n', GOOD, "debug, info"),
        ('[[players]]\nusername="x y"\ngames=[1]\n', {}, "a username"),
        ('[[players]]\nulid="short"\ngames=[1]\n', {}, "a ULID"),
        ("", GOOD | {"SYNCER_PLAYERS__5__GAMES": "1"}, "numbered"),
        ("", GOOD | {"SYNCER_API__KEY_FILE": "/nowhere"}, "set as well"),
        ("", GOOD | {"SYNCER_API__BURST__X": "1"}, "BURST__X"),
        ('[api]\nkey="k"\nkey_file="f"\n', {}, "both set"),
        ('[api]\nkey_file="f"\n', {}, "cannot be read"),
        ('[api]\nbase_url="http://127.0.0.1:abc/API"\n', GOOD, "port"),
        ('[api]\nbase_url="https://example.org:99999/API"\n', GOOD, "port"),
        ('[api]\nproxy="socks5://x:1"\n', GOOD, "proxy"),
        ('[api]\nproxy="http://[::1"\n', GOOD, "proxy"),
        ('[api]\nca_file="/nowhere"\n', GOOD, "certificates"),
        ("[api]\nrequests_per_minute=inf\n", GOOD, "requests_per_minute"),
        ("[api]\nbatch_size=true\n", GOOD, "not a number"),
        ('[database]\nurl="postgresql://u@h:abc/db"\n', GOOD, "port"),
        ('[schedule]\ngap_after="999999d"\n', GOOD, "ten years"),
        ("", GOOD | {"SYNCER_API__USERNAME__X__Y": "1"}, "not a setting"),
    ],
)
def test_a_problem_is_named(folder: Path, text: str, environ: dict[str, str], wanted: str) -> None:
    assert wanted in "\n".join(problems(folder, text, environ))


def test_a_wrong_value_hides_no_missing_one_and_counts_as_no_missing_one(folder: Path) -> None:
    found = problems(folder, '[api]\nburst = "x"\n[[players]]\nusername = "Max"\ngames = ["two"]\n')
    assert ["burst" in found[0], "'two'" in found[1], "no key" in found[2]] == [True] * 3
    assert len(found) == 3
    assert "at least one" in problems(folder, '[api]\nkey="k"\nusername="Max"\n[[players]]\ngames=[]\n')[0]
    assert "players" in problems(folder, 'players = "Max"\n')[0]


@pytest.mark.parametrize(
    ("games", "said"),
    [
        (["[1, 2]"], "1 player, 2 games"),
        (['"played"'], "1 player, all played games"),  # not: 0 games
        (['["played", 7]'], "1 player, 1 game and all played games"),
        (['"played"', "[1, 2]"], "2 players, 2 games and all played games of 1"),
        (['"played"', '"played"'], "2 players, all played games"),
    ],
)
def test_what_is_followed_is_said(folder: Path, games: list[str], said: str) -> None:
    text = "".join(f'[[players]]\nusername="P{n}"\ngames={ids}\n' for n, ids in enumerate(games))
    assert load(written(folder, f'[api]\nkey="k"\n{text}'), {}).summary == said


def test_the_files_that_settings_come_from_are_known(folder: Path) -> None:
    (folder / "key").write_text("k")
    (folder / "url").write_text("sqlite:///x.db")
    path = written(folder, '[api]\nkey_file="key"\nusername="Max"\n')
    environ = {"SYNCER_DATABASE__URL_FILE": "url", "SYNCER_API__BURST": "3"}
    assert {file.name for file in load(path, environ).files} == {"config.toml", "key", "url"}


def test_two_entries_of_one_name_are_a_problem(folder: Path) -> None:
    text = '[api]\nkey="k"\n[[players]]\nusername="Max"\ngames=[1]\n[[players]]\nusername="MAX"\ngames=[1]\n'
    assert "max is listed twice" in problems(folder, text)[0]
    text = '[api]\nkey="k"\n[[players]]\ngames=[1]\n[[players]]\nusername="Moe"\ngames=[1]\n'
    assert "username is missing" in problems(folder, text)[0]


def test_secrets_come_from_files_without_their_last_newline(folder: Path) -> None:
    (folder / "key").write_text(CANARY + "\r\n")
    (folder / "empty").write_text("\n")
    text = '[api]\nusername="Max"\nkey_file="key"\n[[players]]\ngames=[1]\n'
    assert load(written(folder, text), {}).players[0].key.reveal() == CANARY
    environ = {k: v for k, v in GOOD.items() if k != "SYNCER_API__KEY"}
    assert (
        load(None, environ | {"SYNCER_API__KEY_FILE": str(folder / "key")}).players[0].key.reveal() == CANARY
    )
    (folder / "api_key").write_text(CANARY)
    (folder / "config.toml").unlink()
    assert load(None, environ | {"CREDENTIALS_DIRECTORY": str(folder)}).players[0].key.reveal() == CANARY
    assert "empty" in problems(folder, "", environ | {"SYNCER_API__KEY_FILE": str(folder / "empty")})[0]


def test_the_environment_wins_and_other_names_are_not_ours(folder: Path) -> None:
    path = written(
        folder, '[api]\nbatch_size=7\n[schedule]\nat=["06:00","18:30"]\ntimezone="Europe/Berlin"\n'
    )
    more = {
        "SYNCER_API__BATCH_SIZE": "9",
        "SYNCER_PORT": "tcp://10.0.0.1",
        "SYNCER_DATABASE__AUTO_UPGRADE": "false",
    }
    config = load(path, GOOD | more)
    assert (config.batch_size, config.auto_upgrade) == (9, False)
    assert isinstance(config.schedule, DailySchedule)
    assert ("api.batch_size", 9, "$SYNCER_API__BATCH_SIZE") in config.shown
    assert ("api.key", "***", "$SYNCER_API__KEY") in config.shown


def test_a_password_of_the_database_is_masked_and_postgres_is_not_upgraded_unasked(folder: Path) -> None:
    config = load(None, GOOD | {"SYNCER_DATABASE__URL": "postgres://max:hunter2@host/db"})
    assert not config.auto_upgrade
    assert "hunter2" not in repr(config)
    assert ("database.url", "postgres://max:***@host/db", "$SYNCER_DATABASE__URL") in config.shown


def test_warnings(folder: Path) -> None:
    path = written(folder, '[api]\nusername="Max"\nkey="k"\n[[players]]\ngames=[1]\n')
    path.chmod(0o644)
    assert "chmod 600" in load(path, {}).warnings[0]
    players = "".join(f'[[players]]\nusername="Max{n}"\ngames=[1]\n' for n in range(6))
    assert "more than five" in load(written(folder, f'[api]\nkey="k"\n{players}'), {}).warnings[0]


def test_the_file_is_found_in_the_contracts_order(folder: Path) -> None:
    here = written(folder, "")
    named = folder / "named.toml"
    named.touch()
    assert find_config_file(None, {}) == Path("config.toml")
    assert find_config_file(None, {"SYNCER_CONFIG": str(named)}) == named
    assert find_config_file(here, {"SYNCER_CONFIG": str(named)}) == here
    with pytest.raises(ConfigError):
        find_config_file(folder / "missing.toml", {})
    here.unlink()
    assert find_config_file(None, {}) is None


def test_the_example_is_complete_and_loads(folder: Path) -> None:
    example = Path(__file__).parents[2] / "config.example.toml"
    text = example.read_text()
    environ = {"SYNCER_API__KEY": CANARY}
    config = load(written(folder, text), environ)
    assert config.players[0].games == (1, 2, 3)
    names = {name.rpartition(".")[2] for name, _, _ in config.shown}
    assert [name for name in names if not re.search(rf"^#? ?{name} = ", text, re.M)] == []


def test_durations_and_zones() -> None:
    assert [parse_duration(text) for text in ("45s", "15m", "6h", "7d", "0.5s")] == [
        45,
        900,
        21600,
        604800,
        0.5,
    ]
    assert [serialize_duration(length) for length in (0, 45, 900, 21600, 0.5)] == [
        "0s",
        "45s",
        "15m",
        "6h",
        "0.5s",
    ]
    assert local_zone({"TZ": "Europe/Berlin"}).key == "Europe/Berlin"
    assert local_zone({"TZ": "Bogus/Zone"}) is not None
    assert isinstance(load(None, GOOD | {"SYNCER_DATABASE__URL": "sqlite:///x.db"}), Config)
    assert os.environ.get("SYNCER_CONFIG") is None


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://u:{CANARY}@host/db",
        f"postgresql://u:a@{CANARY}@h/d",
        f"postgresql:///db?password={CANARY}&host=x",
    ],
)
def test_a_password_is_shown_to_nobody(url: str) -> None:
    config = load(None, GOOD | {"SYNCER_DATABASE__URL": url})
    assert CANARY not in repr(config)
    assert "***" in str(dict((name, value) for name, value, _ in config.shown)["database.url"])


@pytest.mark.parametrize("option", ["password", "sslpassword"])
def test_a_database_is_named_without_any_secret(option: str) -> None:
    database = Database(f"postgresql://u:{CANARY}@host:5433/db?{option}={CANARY}&sslmode=require")
    assert database.name == "postgresql+psycopg://u:***@host:5433/db"
    with pytest.raises(DatabaseIncompatible) as told:
        Database(f"postgresql://u:a@{CANARY}@host/db")
    assert CANARY not in told.value.message + told.value.hint


def test_what_is_effective_is_shown_as_it_would_be_written() -> None:
    shown = {name: value for name, value, _ in load(None, GOOD).shown}
    assert (shown["schedule.every"], shown["database.auto_upgrade"], shown["schedule.gap_after"]) == (
        "15m",
        True,
        "30m",
    )
    assert shown["schedule.timezone"]
    assert load(None, GOOD | {"SYNCER_SCHEDULE__EVERY": "1.5h"}).shown[13][1] == "90m"


def test_a_name_and_a_key_are_enough_for_all_played_games(folder: Path) -> None:
    environ = {"SYNCER_API__USERNAME": "Max", "SYNCER_API__KEY": CANARY}
    config = load(None, environ)
    assert (config.owner.api_username, config.owner.key) == ("Max", Secret(CANARY))
    assert [(p.username, p.games, p.played) for p in config.players] == [("Max", (), True)]
    for name in environ:  # but these two must be there
        with pytest.raises(ConfigError):
            load(None, {k: v for k, v in environ.items() if k != name})


@pytest.mark.parametrize(
    ("games", "ids", "played"),
    [('"played"', (), True), ('["played", 14402]', (14402,), True), ("[1, 2]", (1, 2), False)],
)
def test_played_stands_alone_or_among_ids(
    folder: Path, games: str, ids: tuple[int, ...], played: bool
) -> None:
    path = written(folder, f'[api]\nkey = "k"\n[[players]]\nusername = "Max"\ngames = {games}\n')
    (player,) = load(path, {}).players
    assert (player.games, player.played) == (ids, played)


def test_a_player_that_is_written_down_needs_games_in_any_case(folder: Path) -> None:
    path = written(folder, f'[api]\nkey = "{CANARY}"\n[[players]]\nusername = "Max"\n')
    with pytest.raises(ConfigError) as found:
        load(path, {})
    assert ["games is missing" in problem for problem in found.value.problems] == [True]


TWO_KEYS = """
[[players]]
username = "Max"
games = [1]
api_key = "canary0secret1"
[[players]]
ulid = "00003EMFWR7XB8SDPEHB3K56ZQ"
games = [1]
api_key = "canary0secret2"
"""
API = '[api]\nusername = "Owner"\nkey = "canary0secret3"\n'


@pytest.mark.parametrize(
    ("text", "name", "key"),
    [
        (API + TWO_KEYS, "max", "canary0secret1"),  # each player's requests with their own
        (API + TWO_KEYS, "00003emfwr7xb8sdpehb3k56zq", "canary0secret2"),
        (API + TWO_KEYS, "Stranger", "canary0secret3"),
        (TWO_KEYS, "Stranger", "canary0secret1"),  # no key but the players'
    ],
)
def test_whose_key_asks_about_whom(folder: Path, text: str, name: str, key: str) -> None:
    assert load(written(folder, text), {}).entry_for(name).key == Secret(key)


PING = "https://ping.example/canary0secret"


ODD_ADDRESSES = ("ping.example/canary0secret", "ftp://canary0secret", "https://", "https://a b/canary0secret")


@pytest.mark.parametrize("url", ODD_ADDRESSES)
def test_a_ping_address_that_cannot_be_asked_is_a_problem_and_is_not_repeated(folder: Path, url: str) -> None:
    (problem,) = problems(folder, f'[health]\nping_url = "{url}"\n', GOOD)
    assert "[health] ping_url: is not an address that can be requested" in problem


def test_a_ping_address_may_come_from_a_file_and_is_shown_to_nobody(folder: Path) -> None:
    (folder / "ping").write_text(PING + "\n")
    (folder / "ping").chmod(0o600)
    by_file = load(written(folder, '[health]\nping_url_file = "ping"\n'), GOOD)
    by_variable = load(None, GOOD | {"SYNCER_HEALTH__PING_URL_FILE": str(folder / "ping")})
    for config in (by_file, by_variable):
        assert config.ping_url.reveal() == PING
        assert CANARY not in repr(config)
        assert ("health.ping_url", "***") in [row[:2] for row in config.shown]


def test_a_secrets_file_that_is_missing_is_one_problem(folder: Path) -> None:
    (problem,) = problems(folder, '[health]\nping_url_file = "nowhere"\n', GOOD)
    assert "cannot be read" in problem
    (other,) = problems(folder, '[api]\nkey_file = "nowhere"\nusername = "Max"\n[[players]]\ngames = [1]\n')
    assert "cannot be read" in other
