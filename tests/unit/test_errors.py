"""The tree of errors: each has its exit code and its hint."""

import inspect
import re

import pytest

from syncer.core import errors
from syncer.core.errors import (
    BatchError,
    Cancelled,
    ConfigError,
    RateLimited,
    SiteUnavailable,
    SyncerError,
    TransientError,
    Unauthorized,
)
from tests.fakes import START

LEAVES = {
    name: leaf
    for name, leaf in inspect.getmembers(errors, inspect.isclass)
    if issubclass(leaf, SyncerError) and leaf is not SyncerError
}
DRAWN = dict(re.findall(r"(?:├──|└──) (\w+) +(\d+)", errors.__doc__ or ""))


def test_the_docstring_lists_every_error_with_its_exit_code() -> None:
    assert {name: leaf.exit_code for name, leaf in LEAVES.items()} == {
        name: int(code) for name, code in DRAWN.items()
    }


@pytest.mark.parametrize("name", sorted(LEAVES))
def test_the_docstring_draws_each_error_below_its_parent(name: str) -> None:
    lines = (errors.__doc__ or "").splitlines()
    (row,) = (n for n, line in enumerate(lines) if re.search(rf"(├──|└──) {name} ", line))
    depth = re.search(r"[├└]", lines[row])
    assert depth is not None
    above = [line for line in lines[:row] if line.strip()]
    parents = [m for line in above if (m := re.search(r"[A-Z]\w+", line)) and m.start() == depth.start()]
    (parent,) = LEAVES[name].__bases__
    assert parents[-1].group() == parent.__name__


def test_a_bug_exits_with_one() -> None:
    assert SyncerError("why").exit_code == 1


def test_an_explicit_hint_replaces_the_default_one() -> None:
    assert "sync" in Unauthorized("refused").hint
    assert Unauthorized("refused", hint="ask the owner").hint == "ask the owner"


def test_an_error_carries_its_facts() -> None:
    assert Cancelled().message == "a stop was requested"
    assert ConfigError("bad", ["one", "two"]).problems == ("one", "two")
    assert SiteUnavailable("403", first_wait=900, raw="no").first_wait == 900
    limited = RateLimited("429", START, raw="slow down")
    assert (limited.until, limited.raw) == (START, "slow down")
    assert (TransientError("cut", raw="{").raw, BatchError("500").raw) == ("{", None)
