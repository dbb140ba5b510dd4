"""What the core needs from outside: a source of progress, and stores."""

from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from syncer.core.model.account import UNPLANNED, AccountPoll, RankAndScore
from syncer.core.model.consistency import Points
from syncer.core.model.decision import BatchDecision, PollWindow, RejectionStreak, TargetState
from syncer.core.model.job import Job, JobKind, Jobs
from syncer.core.model.library import (
    CompletionPage,
    ConsoleList,
    GameInfo,
    GameList,
    GameUnlocks,
    UnlockPage,
)
from syncer.core.model.mass_drop import AccountSums, MassDrop
from syncer.core.model.play import RecentPage
from syncer.core.model.player import Player, Profile, Target
from syncer.core.model.polling import CheckDecision, Search, SumStatus
from syncer.core.model.progress import GameId, ProgressResponse
from syncer.core.model.run import RunMark, RunReport
from syncer.core.model.schedule import Schedule
from syncer.core.ratelimit.limiter import RateLimiter


@dataclass(frozen=True, slots=True)
class TrackedPlayer:
    """A configured player, and how to poll it.

    `others`: has names and ULIDs of the other configured players, in lower case. `id_bytes`: how many bytes
    of ids fit into the URL. `played`: track all games that were ever played, too. `unlocks`: also record each
    unlock, and the titles of games. `rank`: also record the account's rank. `idle_every`: how often each
    game is polled at least, if they are played games or more than one batch; None: as often as the others.
    `play_every`: how often the account is polled while the player plays; None: as always. `sessions`: also
    record when games were played.
    """

    username: str | None
    ulid: str | None
    games: tuple[GameId, ...]
    schedule: Schedule
    gap_after: timedelta
    batch_size: int = 100  # 100 ids in a URL of 2,000 bytes are safe (site-api.md section 7)
    id_bytes: int = 1800
    others: Container[str] = frozenset()
    played: bool = False
    unlocks: bool = False
    rank: bool = False
    idle_every: timedelta | None = None
    play_every: timedelta | None = None
    sessions: bool = False

    @property
    def label(self) -> str:
        return self.username or self.ulid or "?"

    def is_renamed(self, username: str) -> bool:
        """Return whether the player's present name is not the configured one."""
        return self.username is not None and self.username.lower() != username.lower()

    def is_duplicate_of(self, player: Player) -> bool:
        """Return whether another entry is this same player, by the names as they are configured."""
        return self.is_used_by_another(player.ulid, player.config_name)

    def is_used_by_another(self, ulid: str, config_name: str | None) -> bool:
        """Return whether another entry has this ULID, or the name that it was configured by."""
        return any(name.lower() in self.others for name in (ulid, config_name or ulid))


class OtherNames:
    """The names of all entries but one: a set for each of a thousand entries would hold a million names.

    `counts`: by how many entries each name is used, in lower case. `own`: the names of this entry.
    """

    def __init__(self, counts: Mapping[str, int], own: Iterable[str]) -> None:
        self._counts, self._own = counts, frozenset(own)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._counts.get(name, 0) > (name in self._own)


class ProgressSource(Protocol):
    """The site, as the sync engine uses it. Each call may raise any ApiError, or Cancelled.

    `username`: a name or a ULID.
    """

    @property
    def requests(self) -> int:
        """Attempts that were sent so far."""

    @property
    def limiter(self) -> RateLimiter: ...
    def profile(self, username: str) -> Profile: ...
    def recently_played(self, username: str, offset: int = 0, count: int = 50) -> RecentPage: ...
    def rank_and_score(self, username: str, *, with_rank: bool = True) -> RankAndScore:
        """Return the points and the rank; without the rank, raise PlayerNotFound for an unknown player."""

    def progress(self, username: str, game_ids: Sequence[GameId]) -> ProgressResponse: ...
    def completion_progress(self, username: str, offset: int, count: int) -> CompletionPage: ...
    def achievements_earned_between(self, username: str, start: datetime, end: datetime) -> UnlockPage: ...
    def game(self, game_id: GameId) -> GameInfo | None: ...
    def game_unlocks(self, username: str, game_id: GameId) -> GameUnlocks | None: ...
    def console_ids(self) -> ConsoleList: ...
    def game_list(self, console_id: int) -> GameList: ...


class PlayerStore(Protocol):
    """Where players and their targets are stored. Each call is one transaction and may raise StoreError."""

    def find_player(self, username: str | None, ulid: str | None) -> Player | None: ...
    def bind(self, run_id: int, tracked: TrackedPlayer, profile: Profile, at: datetime) -> Player:
        """Store which player a configured name stands for. Raises ConfigError for a duplicate."""

    def save_profile(
        self, player: Player, profile: Profile | None, at: datetime, poll: AccountPoll = UNPLANNED
    ) -> None:
        """Store what the profile returned. None: the site no longer has the player."""

    def save_rank(
        self, player: Player, answer: RankAndScore, proof: AccountSums, at: datetime, poll: AccountPoll
    ) -> None:
        """Store rank and points. `proof`: the points by an answer that names a player."""

    def reconcile(self, player: Player, tracked: TrackedPlayer, at: datetime) -> list[Target]:
        """Make the targets those of the configuration; return the active ones."""

    def targets_of(self, player: Player, ids: Sequence[GameId]) -> list[Target]:
        """Return the targets of these games, the removed ones too."""

    def follow(self, player: Player, games: Sequence[GameInfo], at: datetime) -> list[GameId]:
        """Make targets of games that were found by playing them; return those that are followed now."""

    def jobs(self, player: Player) -> Jobs:
        """Return what was read last of a player, and where readings go on."""

    def save_job(self, player: Player, kind: JobKind, job: Job) -> None: ...


class BatchWork(Protocol):
    """One batch within its transaction: its targets are locked."""

    @property
    def is_recorded(self) -> bool:
        """Whether an earlier call has stored this batch: then there is nothing to save."""

    def in_time(self, window: PollWindow) -> Sequence[Sequence[int]]:
        """Return game, id and six numbers of each snapshot that an equal poll extends.

        Nothing else may follow from such a poll: the target waits for no other moment than that of its
        promise, has not failed, and was promised the same; the poll is not late, and later than the last one.
        """

    def states(self, without: Collection[GameId] = ()) -> list[TargetState]:
        """Return what is stored about the targets, except some, in the order of games."""

    @property
    def streaks(self) -> Mapping[GameId, RejectionStreak]:
        """The open streaks of rejections of these targets."""

    @property
    def drop(self) -> MassDrop | None:
        """The player's newest mass drop that was not disproved."""

    def save(self, decision: BatchDecision, raw: str | None = None) -> None:
        """Store what was decided. `raw`: what the site sent instead of an answer."""


class RunStore(Protocol):
    """Where runs and their batches are stored. Each call is one transaction and may raise StoreError."""

    def open_run(self, player: Player | None, trigger: str, at: datetime) -> int:
        """Store that a run begins. Runs of the player that were left open are marked as interrupted."""

    def interrupted_run_started_at(self, player: Player) -> datetime | None:
        """Return when the first of the newest runs began that were all cut short. None: the last was not."""

    def newest_run(self, player: Player) -> RunMark | None:
        """Return the player's newest run, of whichever process, with the number of its recorded batches."""

    def standing_drop(self, player: Player) -> MassDrop | None:
        """Return the mass drop that waits for its confirmation, with the games that fell."""

    def batch(
        self, run_id: int, number: int, player: Player, game_ids: Sequence[GameId]
    ) -> AbstractContextManager[BatchWork]:
        """Open the transaction that records batch `number` of a run; it is committed at the end."""

    def save_rejected_response(self, run_id: int, player: Player | None, raw: str, at: datetime) -> None: ...
    def close_run(
        self, run_id: int, report: RunReport, at: datetime, polled_at: datetime | None = None
    ) -> None: ...


class PollingStore(Protocol):
    """Where sum checks and searches are stored. Each call is one transaction and may raise StoreError."""

    def targets(self, player: Player) -> list[Target]:
        """Return the active targets as they are now."""

    def observations(self, player: Player, since: datetime) -> Mapping[GameId, tuple[int, float]]:
        """Return how many changes of each followed game were stored since then, and in how many days."""

    def sum_status(self, player: Player, at: datetime, *, with_unlocks: bool) -> SumStatus:
        """Return what a comparison of the sums needs. `with_unlocks`: of games that are not followed, too."""

    def save_comparison(self, player: Player, decision: CheckDecision, at: datetime) -> None:
        """Store a comparison and what follows from it: when the sums are requested again, and the search."""

    def save_search(self, player: Player, state: Search) -> None: ...
    def count_search(self, player: Player, spent: int, until: datetime) -> None:
        """Store how many requests searches have sent in the day that ends then."""

    def begin_lists(self, player: Player, state: Search, at: datetime) -> None:
        """Store a search that begins to read the lists of consoles."""

    def end_search(self, player: Player, state: Search, next_check_at: datetime) -> None:
        """Store a search that has polled everything. The next comparison shows what it left."""

    def suspects(self, player: Player, difference: Points) -> list[GameId]:
        """Return the followed games that may explain a difference of the points by themselves."""

    def games_with(self, player: Player, points: Points) -> set[GameId]:
        """Return the followed games that have at least so many points in both modes."""

    def consoles(self, player: Player) -> list[int]:
        """Return the consoles of followed games, those first with most games that have an unlock."""

    def possible_numbers(self, player: Player, console_id: int) -> Mapping[GameId, tuple[int, int]]:
        """Return how many achievements each followed game of a console has, and points, by its snapshot."""
