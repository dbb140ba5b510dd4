"""Every endpoint's reader: an odd field costs at most that field, or its entry where it is an identity."""

import copy
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import asdict
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncer.api import endpoints
from syncer.api.client import JsonResponse
from syncer.api.endpoints import library
from syncer.core.errors import BatchError
from syncer.core.model.library import AwardKind
from syncer.core.model.progress import UnparsableEntry

from .endpoint_readers import NOON, READERS, Reader
from .test_api_rows import PLAYED

ODD = st.sampled_from(
    [None, "", "?", "1.5", -1, 1.5, True, [], {}, [None], {"a": 1}, "\0", 2**40, "legendary"]
)


def ask(reader: Reader, answer: object) -> Any:
    """Return what the endpoint makes of the answer; a BatchError is returned, too."""
    response = JsonResponse(answer, NOON, NOON)
    client = SimpleNamespace(get_json=lambda path, params: response, limiter=None)
    try:
        return reader.call(client)
    except BatchError as error:
        return error


def entries(found: Any) -> list[dict[str, Any]]:
    """Return the entries of a result as maps, whatever its type."""
    for name in ("rows", "games", "consoles"):
        items = getattr(found, name, None)
        if isinstance(items, tuple):
            return [asdict(item) for item in items]
        if isinstance(items, Mapping):
            return [{"game_id": game_id, "value": value} for game_id, value in items.items()]
    return [found if isinstance(found, dict) else asdict(found)]


def facts(found: Any) -> dict[str, Any]:
    """Return the fields of the result itself."""
    own = dict(found) if isinstance(found, dict) else asdict(found)
    info = own.pop("info", None)
    return own | (info or {})


def broken(reader: Reader, change: Callable[[dict[str, Any]], None]) -> Any:
    answer = copy.deepcopy(reader.answer)
    holder = answer
    for step in reader.entry:
        holder = holder[step]
    change(holder)
    return ask(reader, answer)


FIELDS = [
    pytest.param(key, name, id=f"{key} {name}")
    for key, reader in READERS.items()
    for name in (*reader.costs, *reader.identities, *reader.whole)
]


@pytest.mark.parametrize(("key", "name"), FIELDS)
@settings(max_examples=40)  # of the 42 ways to change a field
@given(data=st.data())
def test_a_single_odd_field_costs_at_most_that_field(key: str, name: str, data: st.DataObject) -> None:
    reader = READERS[key]
    value = data.draw(ODD)
    change = data.draw(
        st.sampled_from(
            [
                lambda holder: holder.update({name: value}),
                lambda holder: holder.pop(name),
                lambda holder: holder.update({name + "New": holder.pop(name)}),
            ]
        )
    )
    before, after = ask(reader, reader.answer), broken(reader, change)
    if isinstance(after, BatchError):
        assert name in reader.whole
        return
    if name in reader.identities:
        assert_costs_the_entry(before, after)
    else:
        assert_costs_the_field(reader, name, before, after)


def assert_costs_the_field(reader: Reader, name: str, before: Any, after: Any) -> None:
    costs = reader.costs.get(name, ())
    # The list itself is replaced where it is the field.
    if name not in reader.whole:
        assert len(entries(after)) == len(entries(before))
        assert not getattr(after, "unreadable", ())
        for one, other in zip(entries(before), entries(after), strict=True):
            assert {key for key in one if one[key] != other.get(key)} <= set(costs)
    if reader.entry == () and name not in reader.whole:
        differing = {key for key, value in facts(before).items() if facts(after).get(key) != value}
        assert differing <= set(costs)


def assert_costs_the_entry(before: Any, after: Any) -> None:
    """The first entry is as before, and the changed one is unreadable, or as good as before."""
    first = entries(before)[0]
    assert first in entries(after)
    unreadable = list(getattr(after, "unreadable", ()))
    unreadable += [e["value"] for e in entries(after) if isinstance(e.get("value"), UnparsableEntry)]
    kept = [e for e in entries(after) if e != first and not isinstance(e.get("value"), UnparsableEntry)]
    for one in unreadable:
        assert one.message
        assert one.raw
    # A date that is absent, or another value that is valid, is no fault: then there is no evidence.
    assert len(kept) + len(unreadable) <= 2


@pytest.mark.parametrize("key", READERS)
def test_the_answers_are_readable_as_they_are(key: str) -> None:
    found = ask(READERS[key], READERS[key].answer)
    assert not isinstance(found, BatchError)
    assert not getattr(found, "unreadable", ())


@pytest.mark.parametrize(("sent", "read"), [(5400, 5400), ("5400", 5400), (0, 0), (-1, None), (None, None)])
def test_the_playtime_of_a_game_is_a_number_of_seconds_or_unknown(sent: object, read: int | None) -> None:
    reader = READERS["game unlocks"]
    found = ask(reader, {**reader.answer, "UserTotalPlaytime": sent})
    assert found.playtime == read
    missing = {name: value for name, value in reader.answer.items() if name != "UserTotalPlaytime"}
    assert ask(reader, missing).playtime is None


def test_every_endpoint_is_here() -> None:
    modules = {info.name for info in pkgutil.iter_modules(endpoints.__path__)}
    lists = {"game_unlocks", "library", "recently_played", "titles", "unlocks"}
    assert modules == lists | {"points", "profile", "progress"}


@pytest.mark.parametrize("key", ["listing", "recent", "unlocks", "games", "consoles", "achievement"])
def test_an_entry_without_its_identity_is_kept_as_evidence(key: str) -> None:
    reader = READERS[key]
    name = reader.identities[0]
    found = broken(reader, lambda holder: holder.update({name: {"odd": 1}}))
    assert [name in one.message for one in found.unreadable] == [True]
    assert "odd" in found.unreadable[0].raw


@pytest.mark.parametrize(
    ("value", "kind", "is_known"),
    [
        ("legendary", "legendary", True),
        ("mastered", AwardKind.MASTERED, True),
        ("x" * 99, "x" * 64, True),
        ("a\0b", "a\ufffdb", True),
        (None, None, True),
        ("", None, False),
        (7, None, False),
        ([], None, False),
    ],
)
def test_an_award_that_we_do_not_know_is_kept_as_text(value: object, kind: object, is_known: bool) -> None:
    parsed = library.parse_played_game({**PLAYED, "HighestAwardKind": value})
    assert (parsed.award_kind, parsed.is_award_known, parsed.title) == (kind, is_known, PLAYED["Title"])


def test_a_null_icon_costs_nothing_in_any_endpoint() -> None:
    for key in ("listing", "recent", "unlocks", "game", "games", "game unlocks"):
        found = broken(READERS[key], lambda holder: holder.update(ImageIcon=None, GameIcon=None))
        assert not isinstance(found, BatchError)
        assert not getattr(found, "unreadable", ())
