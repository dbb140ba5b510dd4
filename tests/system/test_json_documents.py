"""Every --json document has the names and types that docs/json.md states."""

import json
import re
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import pytest

from syncer.cli.main import cli
from syncer.core.clock import SystemClock
from tests.edges.fake_notify_server import FakeNotifyServer

from .simulated_site import Site, run_cli

ASKED = {  # what is typed for a shape, where it is more than its name and --json
    "history": "history 1 --json",
    "changes": "changes --all --until 0s --json",
    "at": "at 0s --json",
    "at --shape api": "at 0s --shape api",
    "fetch": "fetch Tester 1 2 --json",
    "fetch --camel": "fetch Tester 1 2 --camel",
    "fetch --profile": "fetch Tester --profile",
}
READING = ("plan", "status", "history", "changes", "at", "at --shape api", "gaps", "health", "config show")
NOT_SEEN = {
    "fetch --profile.RichPresenceMsg: null",  # the simulated players always tell
    "fetch --profile.LastGameID: null",  # and have played
    "fetch --profile.RichPresenceMsg: empty",
    "fetch --profile.Motto: text",  # and have none
    "db current.current: null",  # shown below
}
PAGE = (Path(__file__).parents[2] / "docs" / "json.md").read_text("utf-8")
HEADING = re.compile(r"^##+ (.+?)\n(.*?)(?=^##|\Z)", re.M | re.S)
FENCE = re.compile(r"^```jsonc\n(.*?)^```", re.M | re.S)
COMMENT = re.compile(r"\s+// .*$", re.M)


def documented() -> dict[str, str]:
    """The text of each shape, comments included, by the command above it."""
    found = {name: FENCE.search(text) for name, text in HEADING.findall(PAGE)}
    return {name: fence[1] for name, fence in found.items() if fence}


def shape_of(command: str) -> Any:
    return json.loads(COMMENT.sub("", documented()[command]))


def is_time(value: object) -> bool:
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", value):
        return False
    try:
        return datetime.fromisoformat(value).tzinfo == UTC
    except ValueError:
        return False


TYPES = {
    "text": lambda value: isinstance(value, str) and value != "" and not is_time(value),
    "empty": lambda value: value == "",
    "integer": lambda value: type(value) is int,
    "number": lambda value: type(value) in (int, float),
    "boolean": lambda value: type(value) is bool,
    "list": lambda value: isinstance(value, list),
    "null": lambda value: value is None,
    "time": is_time,
}


def differences(value: Any, shape: Any, path: str, seen: set[str]) -> Iterator[str]:
    """What is not as it is stated. `seen` takes what was compared with a value: `path: type`."""
    if isinstance(shape, str):
        fitting = [t for t in shape.split(" | ") if (TYPES[t](value) if t in TYPES else value == t)]
        seen.update(f"{path}: {word}" for word in fitting)
        if not fitting:
            yield f"{path} is {value!r}, not {shape}"
    elif isinstance(shape, list):
        seen.update([f"{path}[]"] if value else [])
        for item in value:
            yield from differences(item, shape[0], f"{path}[]", seen)
    elif isinstance(value, dict):
        if names := [name for name in shape if name.startswith("<")]:  # it stands for any number of names
            (name,) = names
            wrong = [key for key in value if name == "<game id>" and not key.isdigit()]
            yield from (f"{path}: {key} is no {name}" for key in wrong)
            for inner in value.values():
                yield from differences(inner, shape[name], f"{path}.{name}", seen)
            return
        yield from (f"{path}.{name} is not documented" for name in value.keys() - shape.keys())
        yield from (f"{path}.{name} is missing" for name in shape.keys() - value.keys())
        for name in value.keys() & shape.keys():
            yield from differences(value[name], shape[name], f"{path}.{name}", seen)
    else:
        yield f"{path} is {value!r}, not an object"


def stated(shape: Any, path: str) -> Iterator[str]:
    """What a check_services comparison sees: each type but the words, and each list with an item."""
    if isinstance(shape, str):
        yield from (f"{path}: {word}" for word in shape.split(" | ") if word in TYPES)
    elif isinstance(shape, list):
        yield f"{path}[]"
        yield from stated(shape[0], f"{path}[]")
    else:
        for name, inner in shape.items():
            yield from stated(inner, f"{path}.{name}")


def commands(command: click.Command, name: str = "") -> Iterator[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        with click.Context(command) as ctx:
            for inner in command.list_commands(ctx):
                found = command.get_command(ctx, inner)
                assert found
                yield from commands(found, f"{name} {inner}".strip())
    else:
        yield name, command


def test_every_command_with_json_has_its_shape_on_the_page() -> None:
    takes = {
        name for name, command in commands(cli) if "--json" in {o for p in command.params for o in p.opts}
    }
    assert {name for name in documented() if " --" not in name} == takes


def test_every_null_is_explained() -> None:
    lines = [line for text in documented().values() for line in text.splitlines() if "null" in line]
    assert [line for line in lines if "null: " not in line] == []


class Reader:
    """Asks by the names on the page; remembers what was seen, and what was not as it is stated there."""

    def __init__(self, site: Site) -> None:
        self.site, self.seen, self.wrong = site, set[str](), list[str]()

    def ask(self, *names: str, environ: dict[str, str] | None = None) -> None:
        for name in names:
            self.compare(name, ASKED.get(name, f"{name} --json"), environ)

    def compare(self, name: str, typed: str, environ: dict[str, str] | None = None) -> None:
        document = run_cli(self.site, *typed.split(), environ=environ).document
        self.wrong += differences(document, shape_of(name), name, self.seen)

    def stored(self, statement: str) -> None:
        """What nothing that is asked here would store."""
        with sqlite3.connect(self.site.folder / "syncer.db") as connection:
            connection.execute(statement)
        connection.close()


def test_documents_are_as_the_page_states(site: Site) -> None:
    path = site.configure(games="[1, 2, 999]")
    reader = Reader(site)
    reader.ask("plan", "sync")
    reader.stored("UPDATE games SET title = NULL")  # as before anything has told it
    reader.ask(*READING, "doctor", "fetch", "fetch --camel", "fetch --profile")
    reader.ask("db current", "db check")
    site.earn(1)
    reader.ask("sync", *READING)
    site.server.fault = "429_after_600"
    reader.ask("sync", "plan", "status")
    site.forget_waits()
    site.server.fault = "401"
    reader.ask("sync", "status", "doctor")
    site.forget_waits()
    site.server.fault = None

    with FakeNotifyServer() as box, FakeNotifyServer() as shut:
        addresses = {"SYNCER_NOTIFY__URLS": f"{box.url} {shut.url}"}
        shut.status = 500
        site.earn(1)
        reader.ask("notify list", "notify test", "sync", "notify list", environ=addresses)
    reader.stored("UPDATE messages SET given_up_at = next_attempt_at, next_attempt_at = NULL, game_id = NULL")
    reader.stored("UPDATE messages SET player_id = NULL WHERE delivered_at IS NULL")
    reader.ask("notify list")

    path.write_text(path.read_text().replace('every = "15m"', 'every = "1s"\ngap_after = "0s"'))
    run_cli(site, "sync")
    SystemClock().wait(1.3)
    reader.ask("gaps")
    reader.ask("sync", *READING)

    two = '[[players]]\nusername = "Moss"\ngames = [1]\n[[players]]\nusername = "Tester"'
    path.write_text(path.read_text().replace("[[players]]", two))
    reader.ask("health")
    site.world.add_account("Moss", "m" * 32)
    site.server.fault = "missing_id:1"
    reader.ask("sync", "status", "health")
    site.world.delete_account("Moss")
    reader.stored("UPDATE players SET profile_checked_at = '2020-01-01 00:00:00.000'")
    reader.stored("UPDATE runs SET finished_at = NULL, outcome = 'running'")
    reader.ask("status", "sync", "status")
    path.write_text(path.read_text().replace(two, "[[players]]"))
    reader.ask("sync")
    reader.compare("status", "status --player Moss --json")
    reader.compare("changes", "changes --json")
    reader.stored("UPDATE snapshots SET is_open = 0")
    reader.ask("db check")

    assert reader.wrong == []
    assert {one for name in documented() for one in stated(shape_of(name), name)} - reader.seen == NOT_SEEN


def test_without_a_database_there_is_no_revision(site: Site) -> None:
    assert run_cli(site, "db", "current", "--json").document["current"] is None


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        ({"a": 1, "b": 2}, {"a": "integer"}),  # a name too many
        ({}, {"a": "integer"}),  # and one too few
        ({"a": True}, {"a": "integer"}),
        ({"a": 1.5}, {"a": "integer | null"}),
        ({"a": "2026-05-01T16:30:00.000+00:00"}, {"a": "time"}),
        ({"a": "2026-13-01T16:30:00.000Z"}, {"a": "time"}),  # has the form, and is none
        ({"a": "2026-05-01T16:30:00.000Z"}, {"a": "text"}),  # a time that is not called one
        ({"a": ""}, {"a": "text"}),  # null should stand there
        ({"a": "odd"}, {"a": "ok | fail"}),
        ({"a": [1, "2"]}, {"a": ["integer"]}),
        ({"one": {"a": 1}}, {"<game id>": {"a": "integer"}}),
        ([], {"a": "integer"}),
    ],
)
def test_a_planted_difference_is_found(value: Any, shape: Any) -> None:
    assert list(differences(value, shape, "x", set()))
