"""GetUserProgress: an entry becomes six numbers or evidence; the ids fit the URL."""

import importlib
import inspect
import json
import pkgutil
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.api import endpoints
from syncer.api.batching_client import BatchingClient
from syncer.api.endpoints.progress import parse_progress
from syncer.api.excerpt import excerpt
from syncer.api.source import ApiSource
from syncer.core.formats.ra_json import FIELDS
from syncer.core.formats.site_address import MAX_URL, id_bytes
from syncer.core.model.progress import MAX_NUMBER, Progress, UnparsableEntry
from syncer.core.sync.batching import split_ids

ENTRY = dict(zip(FIELDS, (30, 400, 12, 95, 7, 60), strict=True))
PARSED = Progress(30, 400, 12, 95, 7, 60)


def test_six_integers_are_progress() -> None:
    assert parse_progress(ENTRY) == PARSED


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (0, 0),
        (MAX_NUMBER, MAX_NUMBER),  # the largest that every database takes
        ("12", 12),  # older answers had strings
        ("012", 12),
    ],
)
def test_numbers_may_be_strings_of_digits(value: object, number: int) -> None:
    parsed = parse_progress({**ENTRY, "NumAchieved": value})
    assert isinstance(parsed, Progress)
    assert parsed.num_achieved == number


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(True, id="a boolean is an int in Python"),
        pytest.param(None, id="null"),
        pytest.param(12.0, id="a float, though whole"),
        pytest.param(float("inf"), id="what json makes of 1e999"),
        pytest.param(-1, id="negative"),
        pytest.param(MAX_NUMBER + 1, id="too large for the column"),
        pytest.param("-1", id="a sign"),
        pytest.param("+1", id="another sign"),
        pytest.param("1.0", id="a decimal"),
        pytest.param(" 1", id="padded"),
        pytest.param("1\n", id="with its line end"),
        pytest.param("1_0", id="int() would take it"),
        pytest.param("٣", id="a digit, but no ASCII one"),
        pytest.param("", id="empty"),
        pytest.param("9" * 5000, id="int() would raise its own error"),
        pytest.param([], id="a list"),
        pytest.param({}, id="a map"),
    ],
)
def test_anything_else_is_unparsable_and_kept_as_evidence(value: object) -> None:
    parsed = parse_progress({**ENTRY, "ScoreAchieved": value})
    assert isinstance(parsed, UnparsableEntry)
    assert parsed.message
    assert "ScoreAchieved" in parsed.raw
    assert len(parsed.raw.encode()) <= 1024


@pytest.mark.parametrize("name", FIELDS)
def test_all_six_numbers_are_needed(name: str) -> None:
    parsed = parse_progress({key: value for key, value in ENTRY.items() if key != name})
    assert isinstance(parsed, UnparsableEntry)
    assert name in parsed.message


def test_other_fields_are_ignored() -> None:
    assert parse_progress({**ENTRY, "Title": "~Hack~", "New": [1]}) == PARSED


@pytest.mark.parametrize("entry", [None, [], [1, 2, 3, 4, 5, 6], "30", 30, True, {}])
def test_an_entry_that_is_no_map_of_numbers_is_unparsable(entry: object) -> None:
    assert isinstance(parse_progress(entry), UnparsableEntry)


def test_evidence_does_not_depend_on_the_order_of_the_fields() -> None:
    bad = {**ENTRY, "NumAchieved": None}
    assert parse_progress(bad) == parse_progress(dict(reversed(bad.items())))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(FIELDS) | st.text(), inner),
)


@given(JSON)
def test_any_entry_is_parsed_or_kept_as_evidence(entry: Any) -> None:
    parsed = parse_progress(entry)
    if isinstance(parsed, Progress):
        assert all(type(n) is int and 0 <= n <= MAX_NUMBER for n in parsed.as_tuple())
    else:
        assert len(parsed.raw.encode()) <= 1024


@given(st.binary(max_size=9000) | st.text(max_size=9000))
def test_an_excerpt_is_text_that_every_database_takes(body: bytes | str) -> None:
    text = excerpt(body)
    assert len(text.encode()) <= 4096  # also: no lone surrogates
    assert "\0" not in text


def test_an_excerpt_keeps_printable_text() -> None:
    assert excerpt("<h1>Wartung — 保守</h1>".encode()) == "<h1>Wartung — 保守</h1>"
    assert excerpt("a\0b\ud800c") == "a\ufffdb?c"


@pytest.mark.parametrize("name", ["Me", "M" * 20])
def test_urls_are_filled_up_to_2000_bytes(name: str) -> None:
    base = "https://retroachievements.org/API"
    first, *others = split_ids(range(100_000, 101_000), 1000, id_bytes(base, name))
    listed = ",".join(map(str, first))
    url = f"{base}/API_GetUserProgress.php?z={name}&u={'0' * 26}&i={listed}&y={'k' * 32}"
    assert MAX_URL - 7 < len(url) <= MAX_URL  # 7: one more id and its comma
    assert others


def test_the_documented_sample_is_parsed() -> None:
    sample = '{"NumPossibleAchievements":23,"PossibleScore":251,"NumAchieved":23,"ScoreAchieved":251,'
    sample += '"NumAchievedHardcore":22,"ScoreAchievedHardcore":250}'  # as documented, site-api.md 5.1
    assert parse_progress(json.loads(sample)) == Progress(23, 251, 23, 251, 22, 250)


def endpoints_in_files() -> dict[str, object]:
    """Return the public functions of all files in api/endpoints that take a client."""
    modules = [
        importlib.import_module(f"{endpoints.__name__}.{file.name}")
        for file in pkgutil.iter_modules(endpoints.__path__)
    ]
    return {
        name: function
        for module in modules
        for name, function in vars(module).items()
        if name.startswith("get_") and inspect.isfunction(function) and function.__module__ == module.__name__
    }


def test_every_endpoint_is_offered_to_the_sync_engine_or_to_people() -> None:
    methods = [*vars(ApiSource).values(), *vars(BatchingClient).values()]
    offered = {method.__name__ for method in methods if inspect.isfunction(method)}
    assert endpoints_in_files().keys() - offered == set()


@pytest.mark.parametrize("name", ["profile", "progress", "completion_progress", "game_unlocks", "game_list"])
def test_an_offered_endpoint_keeps_its_signature_and_docstring(name: str) -> None:
    method = vars(ApiSource)[name]
    endpoint = endpoints_in_files()[method.__name__]
    assert inspect.signature(method) == inspect.signature(endpoint)  # type: ignore[arg-type]
    assert method.__doc__ == endpoint.__doc__
