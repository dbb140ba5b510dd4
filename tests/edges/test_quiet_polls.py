"""The short way of recording a batch and the long one store the same rows, whatever was answered."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from syncer.core.model.decision import BatchDecision
from syncer.core.model.mass_drop import AccountSums
from syncer.core.model.player import Player, Profile
from syncer.core.model.progress import GameId, Progress, ProgressResponse, UnparsableEntry
from syncer.core.model.schedule import IntervalSchedule
from syncer.core.polling.promise import Promise
from syncer.core.ports import BatchWork, TrackedPlayer
from syncer.core.sync.quiet_polls import validate_polls
from syncer.core.sync.validation import PollContext, validate_batch
from syncer.store.db.engine import Database
from syncer.store.db.tables import history, targets
from syncer.store.write.writers import Writers
from tests.migrated import prepare

GAMES: tuple[GameId, ...] = (1, 2, 3, 4, 5, 6, 7)
MINUTE = timedelta(minutes=1)
START = datetime.fromisoformat("2026-11-01T12:00:00+00:00")
TRACKED = TrackedPlayer("Tester", None, GAMES, IntervalSchedule(15 * MINUTE), 30 * MINUTE)
FULL = Progress(20, 200, 10, 100, 5, 50)
ENTRIES: dict[str, Progress | UnparsableEntry] = {
    "full": FULL,
    "more": FULL._replace(num_achieved=11, score_achieved=110),
    "none": Progress(20, 200, 0, 0, 0, 0),
    "zeros": Progress(0, 0, 0, 0, 0, 0),
    "unsettled": FULL._replace(num_achieved=12),
    "odd": UnparsableEntry("negative", "-1"),
}


@dataclass(frozen=True)
class Poll:
    """One answer. `pause`: since the one before. `games`: what it has, by game; the others are missing.

    `stored`: what all targets have before it, whatever has led to it. `asked`: the games of the batch.
    """

    pause: timedelta
    games: dict[GameId, str]
    sums: int | None
    every: timedelta
    is_proven: bool
    stored: Mapping[str, object] = field(default_factory=dict)
    asked: tuple[GameId, ...] = GAMES

    def response(self) -> ProgressResponse:
        return ProgressResponse({game: ENTRIES[name] for game, name in self.games.items()})

    def context(self, at: datetime) -> PollContext:
        sums = None if self.sums is None else AccountSums(self.sums, 0)
        promise = Promise(IntervalSchedule(self.every))
        return PollContext(at, at, promise, TRACKED.gap_after, sums, is_proven=self.is_proven)


PAUSES = st.sampled_from(
    [
        *(timedelta(0), MINUTE, 10 * MINUTE, 15 * MINUTE),
        *(45 * MINUTE, timedelta(seconds=2700.001), 46 * MINUTE, 180 * MINUTE),
        *(-5 * MINUTE, -180 * MINUTE, timedelta(days=-400)),
    ]
)
ALL = dict.fromkeys(GAMES, "full")
QUIET = st.just(ALL)
FALLEN = st.sets(st.sampled_from(GAMES), min_size=1).map(
    lambda fallen: {game: "none" if game in fallen else "full" for game in GAMES}
)
ANY = st.dictionaries(st.sampled_from(GAMES), st.sampled_from(sorted(ENTRIES)))
STORED = st.sampled_from([{}, {}, {"due_at": None}, {"due_at": START}, {"failures": 2}])
EVERY = st.sampled_from([15 * MINUTE] * 3 + [5 * MINUTE])
POLLS = st.builds(
    *(Poll, PAUSES, st.one_of(QUIET, QUIET, FALLEN, ANY), st.sampled_from([None, 0])),
    *(EVERY, st.booleans(), STORED, st.sampled_from([GAMES, GAMES, GAMES[:1]])),
)
FIRST = Poll(MINUTE, ALL, None, 15 * MINUTE, True)
EQUAL = replace(FIRST, pause=15 * MINUTE)
CLOCK_SET_BACK = [replace(EQUAL, asked=(1,)), replace(EQUAL, pause=-5 * MINUTE, is_proven=False)]
WAITING, FAILING = [replace(EQUAL, stored={"due_at": START})], [replace(EQUAL, stored={"failures": 2})]
SUSPECT = [replace(EQUAL, games=ALL | {1: "zeros"}), replace(EQUAL, stored={"due_at": None})]
THREE_RESETS = [replace(EQUAL, games=ALL | {1: "none", 2: "none", 3: "none"})]


def short_way(work: BatchWork, poll: Poll, at: datetime) -> BatchDecision:
    return validate_polls(work, poll.response(), poll.context(at))


def long_way(work: BatchWork, poll: Poll, at: datetime) -> BatchDecision:
    return validate_batch(work.states(), poll.response(), poll.context(at), work.drop)


class Recorded:
    """A database in which answers are recorded one way or the other."""

    def __init__(self, url: str, way) -> None:  # type: ignore[no-untyped-def]
        self.way, self.database = way, Database(url)
        self.writers = Writers.for_database(self.database)
        self.player: Player | None = None

    def restart(self) -> None:
        """Begin again with an empty history of a player with targets."""
        with self.database.writing() as tx:
            for table in reversed(history.sorted_tables):
                tx.execute(table.delete())
        run = self.writers.runs.open_run(None, "test", START)
        self.player = self.writers.players.bind(run, TRACKED, Profile("0" * 26, "Tester"), START)
        self.writers.players.reconcile(self.player, TRACKED, START)

    def record(self, polls: Sequence[Poll]) -> list[BatchDecision]:
        """Record the answers; return what was decided."""
        assert self.player
        at, made = START, list[BatchDecision]()
        run = self.writers.runs.open_run(self.player, "test", at)
        games: dict[GameId, bool] = {}
        for number, poll in enumerate(polls, 1):
            at += poll.pause
            if poll.stored:
                with self.database.writing() as tx:
                    tx.execute(targets.update().values(poll.stored))
            with self.writers.runs.batch(run, number, self.player, poll.asked) as work:
                decision = replace(self.way(work, poll, at), before=games)
                work.save(decision)
            for game, is_accepted in decision.polled.items():
                games[game] = is_accepted or games.get(game, False)
            made.append(decision)
        return made

    def rows(self) -> dict[str, list[tuple[object, ...]]]:
        """Return all that is stored, without the ids, which go on from one history to the next."""
        found = {}
        with self.database.reading() as tx:
            for table in history.sorted_tables:
                columns = [column for column in table.c if column.name not in ("id", "player_id", "run_id")]
                query = sa.select(*columns).order_by(*table.primary_key)
                found[table.name] = [tuple(row) for row in tx.execute(query)]
        return found


@pytest.fixture(scope="module")
def ways(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Recorded, Recorded]]:
    folder: Path = tmp_path_factory.mktemp("ways")
    made = (
        Recorded(f"sqlite:///{folder}/short.db", short_way),
        Recorded(f"sqlite:///{folder}/long.db", long_way),
    )
    for one in made:
        prepare(one.database, START)
    yield made
    for one in made:
        one.database.close()


@given(st.lists(POLLS, min_size=2, max_size=8))
@example(CLOCK_SET_BACK)
@example(WAITING)
@example(FAILING)
@example(THREE_RESETS)
@example(SUSPECT)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_both_ways_store_the_same_rows(ways: tuple[Recorded, Recorded], polls: list[Poll]) -> None:
    short, long = ways
    for way in ways:
        way.restart()
    decided = [way.record([FIRST, *polls]) for way in ways]
    assert not any(decision.quiet for decision in decided[1])
    counts = [[(decision.verdicts, decision.polled) for decision in one] for one in decided]
    assert counts[0] == counts[1]
    assert short.rows() == long.rows()


@pytest.mark.parametrize("pause", [MINUTE, 15 * MINUTE, 15 * MINUTE + TRACKED.gap_after])
def test_a_poll_that_is_equal_and_in_time_takes_the_short_way(
    ways: tuple[Recorded, Recorded], pause: timedelta
) -> None:
    ways[0].restart()
    decided = ways[0].record([FIRST, replace(EQUAL, pause=pause)])
    assert [len(decision.quiet) for decision in decided] == [0, len(GAMES)]
