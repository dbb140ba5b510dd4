"""docs/configuration.md and the example list every setting with its default and its variable."""

import re
from pathlib import Path
from typing import Any

from syncer.config.schema import SECTIONS
from syncer.config.sources import SECRETS
from syncer.config.values import parse_duration
from syncer.core.errors import KEY_PAGE

HOME = Path(__file__).parents[2]
PAGE = (HOME / "docs" / "configuration.md").read_text("utf-8")
ROW = re.compile(r"^\| `(\w+)` \| (.+?) \| (.+?) \| `(\w+)` \| (.+?) \|$", re.M)
DESCRIBED = {  # how the page describes a default that is not in the schema
    "database.url": "SQLite in your data folder",
    "database.auto_upgrade": "`true` on SQLite, else `false`",
    "schedule.every": "`15m`",  # without `at`
    "schedule.idle_every": "`1d`, or `every` if that is longer",
    "schedule.play_every": "`5m`, or `every` if that is shorter",
    "schedule.timezone": "the machine's",
    "players.username": "`api.username`, for a single player",
    "players.games": "none; needed",
    "notify.urls": "none",
    "notify.on": "the first seven",
    "players.api_username": "`api.username`",
    "players.api_key": "`api.key`",
    "web.allowed_hosts": "none",
    "web.trusted_proxies": "none",
}


def defaults() -> dict[str, Any]:
    """Return the default of each setting."""
    return {
        f"{section}.{name}": field.default
        for section, model in SECTIONS.items()
        for name, field in model.model_fields.items()
    }


def documented() -> dict[str, tuple[str, str, str]]:
    """Return type, default and variable of each setting on the page."""
    sections = re.findall(r"^## \[+(\w+)\]+\n(.*?)(?=^## |\Z)", PAGE, re.M | re.S)
    return {
        f"{section}.{row[0]}": (row[1], row[2], row[3])
        for section, body in sections
        for row in ROW.findall(body)
    }


def test_the_page_lists_every_setting_with_its_default_and_variable() -> None:
    page = documented()
    assert page.keys() == defaults().keys()
    for name, default in defaults().items():
        kind, text, variable = page[name]
        section, _, key = name.partition(".")
        prefix = "PLAYERS__0" if section == "players" else section.upper()
        assert variable == f"SYNCER_{prefix}__{key.upper()}"
        if name in DESCRIBED or default in (None, ""):
            assert text == DESCRIBED.get(name, "none"), name
        elif kind == "duration":
            assert parse_duration(text.strip("`")) == default, name
        else:
            assert text == f"`{str(default).lower() if isinstance(default, bool) else default}`", name


def test_the_example_lists_every_setting_with_its_default() -> None:
    text = (HOME / "config.example.toml").read_text("utf-8")
    sections = re.findall(r"^\[+(\w+)\]+[^\n]*\n(.*?)(?=^\[|\Z)", text, re.M | re.S)
    lines = {
        f"{section}.{name}": value
        for section, body in sections
        for name, value in re.findall(r"^(?:# )?(\w+) = (.+?)(?: +#.*)?$", body, re.M)
    }
    assert lines.keys() == defaults().keys()
    for name, (_, default, _) in documented().items():
        if default.startswith("`") and name not in DESCRIBED:
            assert lines[name].strip('"') == default.strip("`"), name


def test_the_page_names_every_secret() -> None:
    assert [name for name in SECRETS if f"`{name.replace('players.*.', '')}`" not in PAGE] == []


def test_every_section_of_the_document_is_listed() -> None:
    from syncer.config.schema import Document

    assert SECTIONS.keys() == Document.model_fields.keys()


def test_every_place_names_the_same_page_of_the_site_for_the_key() -> None:
    patterns = ("*.md", "*.toml", "docs/*.md", "contrib/**/*.yml", "syncer/**/*.py")
    files = [file for pattern in patterns for file in HOME.glob(pattern)]
    lines = [line for file in files for line in file.read_text("utf-8").splitlines()]
    named = [line for line in lines if "ite: Settings" in line or "site settings" in line]
    assert [line for line in named if KEY_PAGE not in line] == []
    assert len(named) >= 5
