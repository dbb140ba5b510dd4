"""One poll of 10,000 games in batches: the input of baseline and product, and their database."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from random import Random

from syncer.core.model.player import Player, Profile
from syncer.core.model.progress import GameId, Progress, ProgressResponse
from syncer.core.model.schedule import IntervalSchedule
from syncer.core.polling.promise import promise_of
from syncer.core.ports import TrackedPlayer
from syncer.core.sync.quiet_polls import validate_polls
from syncer.core.sync.validation import PollContext
from syncer.store.admin.upgrade import upgrade_schema
from syncer.store.db.engine import Database
from syncer.store.write.writers import Writers

GAMES: tuple[GameId, ...] = tuple(range(3, 30_003, 3))
START = datetime(2026, 1, 1, tzinfo=UTC)
EVERY = timedelta(minutes=15)
CHANGED = len(GAMES) // 200  # 0.5 % in each pass
TRACKED = TrackedPlayer("Tester", None, GAMES, IntervalSchedule(EVERY), timedelta(minutes=30))
Numbers = tuple[int, ...]


class Site:
    """The present numbers of each game; a few of them change between two passes."""

    def __init__(self) -> None:
        self.numbers: dict[GameId, Numbers] = dict.fromkeys(GAMES, (3000, 40000, 10, 100, 5, 50))

    def change(self, number: int) -> None:
        for game in Random(number).sample(GAMES, CHANGED):
            possible, score, achieved, points, hardcore, hardcore_points = self.numbers[game]
            self.numbers[game] = (possible, score, achieved + 1, points + 5, hardcore, hardcore_points)

    def responses(self, size: int) -> Iterator[dict[GameId, Numbers]]:
        for start in range(0, len(GAMES), size):
            yield {game: self.numbers[game] for game in GAMES[start : start + size]}


class Product:
    """The real writers, with the real validation."""

    def __init__(self, database: Database) -> None:
        self.database, self.writers = database, Writers.for_database(database)
        self.player: Player | None = None

    def prepare(self, site: Site) -> None:
        """Store a player, the targets, and a first poll of all of them."""
        upgrade_schema(self.database, START)
        run = self.writers.runs.open_run(None, "bench", START)
        self.player = self.writers.players.bind(run, TRACKED, Profile("0" * 26, "Tester"), START)
        self.writers.players.reconcile(self.player, TRACKED, START)
        self.record(run, [(tuple(one), as_response(one)) for one in site.responses(500)], START)

    def record(
        self, run: int, responses: Sequence[tuple[tuple[GameId, ...], ProgressResponse]], at: datetime
    ) -> None:
        assert self.player
        context = PollContext(at, at, promise_of(TRACKED, len(GAMES)), TRACKED.gap_after, is_proven=True)
        for number, (ids, response) in enumerate(responses, 1):
            with self.writers.runs.batch(run, number, self.player, ids) as work:
                work.save(validate_polls(work, response, context))


def as_response(numbers: dict[GameId, Numbers]) -> ProgressResponse:
    return ProgressResponse({game: Progress(*values) for game, values in numbers.items()})
