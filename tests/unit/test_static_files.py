"""Static files, templates and filters of the pages."""

import hashlib
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from syncer.core.formats.text import format_duration
from syncer.core.milestones.texts import CHANGE_TEXTS
from syncer.core.polling.hours import Played
from syncer.web.rendering.filters import CHANGE_TONE, Times, hours, percent, share, signed
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
    here = "2 May 2026, 04:15:00; 2026-05-01 22:30:00 UTC"
    assert times.ago(now) == f'<time datetime="2026-05-01T22:30:00Z" title="{here}">0 s ago</time>'
    assert times.ago(None) == "never"


@pytest.mark.parametrize(
    ("ago", "text"),
    [
        (timedelta(minutes=3), "3\u00a0min\u00a0ago"),
        (timedelta(hours=4), "4\u00a0h\u00a0ago"),
        (timedelta(hours=5), "yesterday, 23:15"),  # though only some hours ago
        (timedelta(days=1), "yesterday, 04:15"),
        (timedelta(days=2), "30\u00a0Apr, 04:15"),
        (timedelta(days=200), "14\u00a0Oct\u00a02025, 04:15"),
        (timedelta(seconds=-5), "04:15"),  # ahead, by a clock that is fast
    ],
)
def test_recent_times_are_relative_and_yesterday_is_said(ago: timedelta, text: str) -> None:
    now = datetime(2026, 5, 1, 22, 30, tzinfo=UTC)
    shown = Times(ZoneInfo("Asia/Kathmandu"), now).recent(now - ago)
    assert shown.partition(">")[2] == f"{text}</time>"


def test_numbers_and_their_units_are_not_broken_across_lines() -> None:
    assert hours(Played(timedelta(hours=3), timedelta(hours=4))) == "3.5\u00a0h ±\u00a00.5"
    assert [share(value) for value in (62.5, 100.0, 0.0, 99.97)] == [
        f"{text}\u00a0%" for text in ("62.5", "100", "0", "99.97")
    ]
