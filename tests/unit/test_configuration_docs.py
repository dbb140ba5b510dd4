"""docs/configuration.md and the example know every setting, with its default and its variable."""

import re
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from syncer.config.schema import Document, PlayerSection
from syncer.config.sources import SECRETS
from syncer.config.values import parse_duration

HOME = Path(__file__).parents[2]
PAGE = (HOME / "docs" / "configuration.md").read_text("utf-8")
ROW = re.compile(r"^\| `(\w+)` \| (.+?) \| (.+?) \| `(\w+)` \| (.+?) \|$", re.M)
DEPENDS = {  # a default that is not in the document: how the page describes it
    "database.url": "SQLite in your data folder",
    "database.auto_upgrade": "`true` on SQLite, else `false`",
    "schedule.every": "`15m`",  # where there is no `at`
    "schedule.timezone": "the machine's",
    "players.username": "`api.username`, where it is the only player",
    "players.games": "none; needed",
    "notify.urls": "none",
    "notify.on": "all of them",
    "players.api_username": "`api.username`",
    "players.api_key": "`api.key`",
    "web.allowed_hosts": "none",
}


def settings() -> dict[str, Any]:
    """Each setting with its default."""
    found: dict[str, Any] = {}
    for section, field in Document.model_fields.items():
        model = PlayerSection if section == "players" else field.annotation
        assert isinstance(model, type)
        assert issubclass(model, BaseModel)
        found |= {f"{section}.{name}": inner.default for name, inner in model.model_fields.items()}
    return found


def on_the_page() -> dict[str, tuple[str, str, str]]:
    """Kind, default and variable of each setting."""
    sections = re.findall(r"^## \[+(\w+)\]+\n(.*?)(?=^## |\Z)", PAGE, re.M | re.S)
    return {
        f"{part}.{row[0]}": (row[1], row[2], row[3]) for part, body in sections for row in ROW.findall(body)
    }


def test_every_setting_stands_on_the_page_with_its_default_and_variable() -> None:
    shown = on_the_page()
    assert shown.keys() == settings().keys()
    for name, default in settings().items():
        kind, said, variable = shown[name]
        section, _, key = name.partition(".")
        prefix = "PLAYERS__0" if section == "players" else section.upper()
        assert variable == f"SYNCER_{prefix}__{key.upper()}"
        if name in DEPENDS or default in (None, ""):
            assert said == DEPENDS.get(name, "none"), name
        elif kind == "duration":
            assert parse_duration(said.strip("`")) == default, name
        else:
            assert said == f"`{str(default).lower() if isinstance(default, bool) else default}`", name


def test_every_setting_stands_in_the_example_with_its_default() -> None:
    text = (HOME / "config.example.toml").read_text("utf-8")
    sections = re.findall(r"^\[+(\w+)\]+[^\n]*\n(.*?)(?=^\[|\Z)", text, re.M | re.S)
    lines = {
        f"{part}.{name}": value
        for part, body in sections
        for name, value in re.findall(r"^(?:# )?(\w+) = (.+?)(?: +#.*)?$", body, re.M)
    }
    assert lines.keys() == settings().keys()
    for name, (_, default, _) in on_the_page().items():
        if default.startswith("`") and name not in DEPENDS:
            assert lines[name].strip('"') == default.strip("`"), name


def test_every_secret_is_named_on_the_page() -> None:
    assert [name for name in SECRETS if f"`{name.replace('players.*.', '')}`" not in PAGE] == []
