"""Static files, templates and filters of the pages."""

import hashlib
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from syncer.core.formats.text import format_duration
from syncer.core.milestones.texts import CHANGE_TEXTS
from syncer.web.rendering.filters import CHANGE_TONE, Times, percent, signed
from syncer.web.rendering.templates import STATIC

VENDOR = STATIC / "vendor"
TEMPLATES = sorted((STATIC.parent / "templates").glob("*.html"))


def test_vendored_files_are_the_published_ones() -> None:
    recorded = json.loads((VENDOR / "vendor.json").read_text())
    found = {f.name: hashlib.sha256(f.read_bytes()).hexdigest() for f in VENDOR.iterdir()}
    assert recorded["sha256"] == {name: digest for name, digest in found.items() if name != "vendor.json"}
    assert (recorded["name"], recorded["version"], recorded["licence"]) == ("uPlot", "1.6.32", "MIT")
    assert "MIT" in (VENDOR / "LICENSE").read_text()


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda file: file.name)
def test_template_has_nothing_that_the_content_security_policy_forbids(template: Path) -> None:
    text = template.read_text("utf-8")
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:|\|\s*safe|autoescape", text)
    assert re.findall(r"<script(?![^>]*\ssrc=)", text) == []
    assert "http://" not in text


def test_every_kind_of_change_has_a_label() -> None:
    versions = STATIC.parents[2] / "migrations" / "versions"
    texts = [(versions / name).read_text("utf-8") for name in ("0001_history.py", "0008_restored.py")]
    kinds = {kind for text in texts for kind in re.findall(r"(?:THEN|ELSE) '(\w+)'", text)}
    assert kinds == CHANGE_TEXTS.keys()
    assert CHANGE_TONE.keys() < CHANGE_TEXTS.keys()


def test_numbers_durations_and_percentages() -> None:
    assert [signed(n) for n in (1234, -3, 0, None)] == ["+1,234", "−3", "", ""]
    shown = [format_duration(n) for n in (0, 119, 120, 7199, 7200, 3e6)]
    assert shown == ["0 s", "119 s", "2 min", "120 min", "2 h", "35 days"]
    pairs = ((999, 1000), (1, 3), (3, 3), (5, 3), (0, 0))
    assert [percent(*pair) for pair in pairs] == [99.9, 33.3, 100, 100, 0]


def test_time_is_shown_in_the_zone_with_utc_as_tooltip() -> None:
    now = datetime(2026, 5, 1, 22, 30, tzinfo=UTC)
    times = Times(ZoneInfo("Asia/Kathmandu"), now)
    tag = '<time datetime="2026-05-01T22:30:00Z" title="2026-05-01 22:30:00 UTC">'
    assert times.when(now) == f"{tag}2\u00a0May\u00a02026, 04:15</time>"
    assert times.ago(None) == "never"
