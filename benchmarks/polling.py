"""One look at 10,000 games in batches: what floor and ours are given, and the database they begin with."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from random import Random

from syncer.core.model.player import Player, Profile
from syncer.core.model.progress import GameId, Progress, ProgressResponse
from syncer.core.model.schedule import IntervalSchedule
from syncer.core.ports import TrackedPlayer
from syncer.core.sync.validation import PollContext, validate_batch
from syncer.store.admin.upgrade import upgrade
from syncer.store.db.engine import Database
from syncer.store.write.writers import Writers

GAMES: tuple[GameId, ...] = tuple(range(3, 30_003, 3))
START = datetime(2026, 1, 1, tzinfo=UTC)
EVERY = timedelta(minutes=15)
CHANGED = len(GAMES) // 200  # 0.5 % a tick
WHO = TrackedPlayer("Tester", None, GAMES, IntervalSchedule(EVERY), timedelta(minutes=30))
Numbers = tuple[int, ...]


class Site:
    """What each game says now; a few of them change from tick to tick."""

    def __init__(self) -> None:
        self.as_tuple: dict[GameId, Numbers] = dict.fromkeys(GAMES, (3000, 40000, 10, 100, 5, 50))

    def change(self, tick: int) -> None:
        for game in Random(tick).sample(GAMES, CHANGED):
            possible, score, got, points, hardcore, hardcore_points = self.as_tuple[game]
            self.as_tuple[game] = (possible, score, got + 1, points + 5, hardcore, hardcore_points)

    def answers(self, size: int) -> Iterator[dict[GameId, Numbers]]:
        for start in range(0, len(GAMES), size):
            yield {game: self.as_tuple[game] for game in GAMES[start : start + size]}


class Ours:
    """The real writers, with the real validation."""

    def __init__(self, database: Database) -> None:
        self.database, self.writers = database, Writers.for_database(database)
        self.player: Player | None = None

    def prepare(self, site: Site) -> None:
        """A player, the targets, and a first look at all of them."""
        upgrade(self.database, START)
        run = self.writers.runs.open_run(None, "bench", START)
        self.player = self.writers.players.bind(run, WHO, Profile("0" * 26, "Tester"), START)
        self.writers.players.reconcile(self.player, WHO, START)
        self.record(run, [(tuple(a), as_answer(a)) for a in site.answers(500)], START)

    def record(
        self, run: int, answers: Sequence[tuple[tuple[GameId, ...], ProgressResponse]], at: datetime
    ) -> None:
        assert self.player
        look = PollContext(at, at, WHO.schedule, WHO.gap_after)
        for number, (ids, answer) in enumerate(answers, 1):
            with self.writers.runs.batch(run, number, self.player, ids) as work:
                work.save(validate_batch(work.states, answer, look))


def as_answer(numbers: dict[GameId, Numbers]) -> ProgressResponse:
    return ProgressResponse({game: Progress(*its) for game, its in numbers.items()})
