"""A player whose targets one batch holds: each run polls them all, and some probe as well."""

from dataclasses import replace
from datetime import timedelta

from syncer.core.errors import BatchError
from syncer.core.model.job import JobKind
from syncer.core.model.play import RecentPage
from syncer.core.model.progress import UnparsableEntry
from syncer.core.model.run import RunOutcome

from .harness import MINUTE, MemoryHarness, failing_ids

DAY = timedelta(days=1)


def few(settings: dict[str, object]) -> MemoryHarness:
    """Return a player with four games, three of them on the page of the probe; the first is being played."""
    home = MemoryHarness(range(1, 5))
    home.settings = {"sessions": True, **settings}
    home.source.recent = {game: home.clock.now() - (game - 1) * DAY for game in (1, 2, 3)}
    return home


def test_a_game_that_a_probe_and_a_batch_poll_in_one_run_counts_as_one() -> None:
    home = few({})
    report = home.poll()
    assert (home.source.probed, home.source.asked) != ([], [])
    assert (report.targets_asked, report.targets_seen, report.snapshots_added) == (4, 4, 4)


def test_while_somebody_plays_a_run_that_polls_all_probes_every_third_time() -> None:
    home, probes = few({"play_every": 5 * MINUTE}), list[int]()
    for _ in range(7):
        home.source.recent[1] = home.clock.now() + 5 * MINUTE
        home.poll(5 * MINUTE)
        probes.append(len(home.source.probed))
    assert probes == [1, 1, 1, 2, 2, 2, 3]


def test_a_row_of_the_probe_that_cannot_be_read_makes_the_run_partial() -> None:
    home = few({})
    ask = home.source.recently_played

    def with_an_odd_row(user: str, offset: int = 0, count: int = 50) -> RecentPage:
        return replace(ask(user, offset, count), unreadable=(UnparsableEntry("GameID: not a number", "{}"),))

    home.source.recently_played = with_an_odd_row  # type: ignore[method-assign]
    report = home.poll()
    assert (report.outcome, report.targets_seen) == (RunOutcome.PARTIAL, 4)
    assert home.warnings() == ["1 recently played game could not be read: GameID: not a number"]


def test_a_probe_that_fails_waits_for_its_turn() -> None:
    home = few({})

    def failing(user: str, offset: int = 0, count: int = 50) -> RecentPage:
        raise BatchError("500")

    home.source.recently_played = failing  # type: ignore[method-assign]
    report = home.poll()
    assert (report.outcome, report.targets_seen) == (RunOutcome.PARTIAL, 4)
    job = home.store.stored_jobs[JobKind.PROBE]
    assert (job.last_at, job.next_at) == (None, home.clock.now() + 15 * MINUTE)


def test_a_game_that_fails_keeps_its_back_off_while_somebody_plays() -> None:
    home, requests = few({"play_every": 5 * MINUTE}), 0
    home.source.fault = failing_ids(4)
    home.poll()
    home.source.asked.clear()
    for _ in range(24):
        home.source.recent[1] = home.clock.now() + 5 * MINUTE
        home.clock.pass_by(5 * 60)
        before = home.source.requests
        home.sync(only_due=True)
        requests += home.source.requests - before
    polled = [game for batch in home.source.asked for game in batch]
    assert [polled.count(game) for game in (1, 2, 3)] == [16, 16, 16]  # the other runs probe
    assert polled.count(4) == 2  # half an hour after the first failure, an hour after the second one
    assert requests == 16 + 8 + 2 * 2  # two polls of the game that fails, each judged by a profile
