"""What a run learns besides progress: which games were played, their titles, and the unlocks.

The site's failure here spoils no look at progress: it is warned of, and asked again at the next run.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from syncer.core.clock import Clock
from syncer.core.errors import ApiError, Deferred, SiteFailure, Unauthorized
from syncer.core.events import Announce, Learned, Warned
from syncer.core.formats.text import counted
from syncer.core.model.library import (
    MOST_PLAYED,
    CompletionPage,
    GameUnlocks,
    PlayedGame,
    Unlock,
    Unlocks,
    Window,
)
from syncer.core.model.player import Player
from syncer.core.model.progress import GameId
from syncer.core.ports import Following, Source, Store
from syncer.core.store_retry import persist

from .backoff import Rests
from .item_fetcher import Attempts
from .titles import Naming
from .windows import (
    GAMES_A_RUN,
    first_second,
    is_walk_due,
    pages_of,
    source_of,
    unlocks_due,
    whole_walk,
    window,
)

WALKS = 3  # how often a listing that moves while it is read is read again
PLAYED, UNLOCKS = "the played games", "the unlocks"
ABSENT = timedelta(days=2)  # since the unlocks were last read: then there should be some
PATIENCE = 3  # how often an empty answer is not believed, where there may be nothing to tell
MOST_PAGES = 100  # of a listing; the site has fewer than 50,000 games


def pages_read(source: Source, user: str) -> Iterator[CompletionPage]:
    """Of the played games, each as it comes, up to an empty one. Raises ApiError."""
    first = source.completion_progress(user, 0, MOST_PLAYED)
    if pages_of(first.total) > MOST_PAGES:
        raise SiteFailure(f"a listing of {first.total:,} games cannot be right")
    yield first
    for number in range(1, pages_of(first.total)):
        page = source.completion_progress(user, number * MOST_PLAYED, MOST_PLAYED)
        yield page
        if not page.games and not page.unreadable:
            return


def listing(source: Source, user: str) -> list[PlayedGame]:
    """All played games, read once; where they moved meanwhile, one may be missing. Raises ApiError."""
    return list({game.game_id: game for page in pages_read(source, user) for game in page.games}.values())


class Learner:
    """One player's, during one run. `rests` is kept from run to run."""

    def __init__(
        self,
        who: Following,
        source: Source,
        store: Store,
        clock: Clock,
        announce: Announce,
        rests: Rests,
    ) -> None:
        self.who, self.source, self.store, self.clock, self.announce = who, source, store, clock, announce
        self.seconds = int(who.schedule.interval.total_seconds())
        self.rests = rests
        self.attempts = Attempts(who.label, clock, announce, rests, who.schedule.interval)

    def played_games(self, player: Player) -> bool:
        """Follow all games of the listing, once a day; whether it was read."""
        if not self.who.played or not is_walk_due(player, self.clock.now()):
            return False
        return self._tolerantly(PLAYED, lambda: self._walk(player))

    def _walk(self, player: Player) -> None:
        walks = (whole_walk(self._pages(player)) for _ in range(WALKS))
        played = next((games for games in walks if games is not None), None)
        if played is None:
            raise SiteFailure("the listing moved while it was read")
        at = self.clock.now()
        if played:
            persist(self.clock, lambda: self.store.walked(player, played, self.seconds, at))
        else:  # nothing yet, or nothing told: asked again, but not before the next run
            self.rests.pause(PLAYED, at + self.who.schedule.interval * 0.9)

    def _pages(self, player: Player) -> list[CompletionPage]:
        pages: list[CompletionPage] = []
        for page in pages_read(self.source, player.ulid):
            pages.append(page)
            self.announce(Learned(self.who.label, "played games", sum(len(p.games) for p in pages)))
        return pages

    def unlocks(self, player: Player, *, changed: bool, resumed: bool) -> bool:
        """Every unlock since the last one that is known; whether they were all told.

        `changed`: this run saw other numbers than before. `resumed`: the reading before was cut short.
        """
        if not unlocks_due(player, self.clock.now(), played=self.who.played, changed=changed):
            return False
        return self._tolerantly(UNLOCKS, lambda: self._read_unlocks(player, resumed))

    def _read_unlocks(self, player: Player, resumed: bool) -> None:
        """Page by page; each is stored with how far it reaches, so that no page is asked for twice."""
        known, until = player.unlocks_until, self.clock.now().replace(microsecond=0)
        begin: datetime | None = min(first_second(known, until, resumed), until)
        total, must_tell = 0, self._must_tell(player, until, resumed)
        while begin is not None and begin <= until:
            answer = self.source.achievements_earned_between(player.ulid, begin, until)
            if must_tell and not answer.rows and not answer.unreadable:
                raise SiteFailure("an empty answer, though there are unlocks")
            covered = window(answer, begin, until)
            total += self._store(player, answer, covered)
            self._tell(answer, total)
            begin, must_tell = covered.next, not covered.cut  # it begins with rows that were told just now

    def _must_tell(self, player: Player, until: datetime, resumed: bool) -> bool:
        """Whether an empty answer is not believed: counts show more than we know, and it was a while."""
        known = player.unlocks_until
        expected = known is None or ((resumed or until - known > ABSENT) and self._has_patience)
        return expected and self.store.owed(player) > 0

    @property
    def _has_patience(self) -> bool:
        return self.rests.failures(UNLOCKS) < PATIENCE

    def _store(self, player: Player, answer: Unlocks, covered: Window) -> int:
        at, follow = self.clock.now(), self.seconds if self.who.played else None
        allowed = self.who.gap_after + timedelta(seconds=self.seconds)

        def why(row: Unlock) -> str:
            return source_of(row.unlocked_at, player.added_at, player.unlocks_until, allowed, at)

        return persist(self.clock, lambda: self.store.unlocked(player, answer, covered, why, follow, at))

    def doubts(self, player: Player) -> bool:
        """Some games whose unlocks and numbers differ are read again, each whole; whether more are left."""
        if self.store.lacks(player, self.clock.now()):
            self.store.read_all_again(player, self.clock.now())
        doubtful = [g for g in self.store.doubtful(player, self.clock.now()) if not self._rests(g)]
        self._tolerantly("unlocks of a game", lambda: self._read_games(player, doubtful[:GAMES_A_RUN]))
        return len(doubtful) > GAMES_A_RUN

    def _rests(self, game_id: GameId) -> bool:
        return self.attempts.resting(_unlocks_of(game_id))

    def _read_games(self, player: Player, games: Sequence[GameId]) -> None:
        for game_id in games:
            self._read_game(player, game_id)

    def _read_game(self, player: Player, game_id: GameId) -> None:
        """What does not agree with the looks is of no use: one of the two lags, or lies."""

        def keep(answer: GameUnlocks | None) -> bool:
            return self._store_game(player, game_id, answer)

        self.attempts.at(_unlocks_of(game_id), lambda: self.source.game_unlocks(player.ulid, game_id), keep)

    def _store_game(self, player: Player, game_id: GameId, answer: GameUnlocks | None) -> bool:
        at = self.clock.now()

        def why(row: Unlock) -> str:
            return "backfill" if row.unlocked_at < player.added_at else "repaired"

        return persist(self.clock, lambda: self.store.game_read(player, game_id, answer, why, at))

    def _tell(self, answer: Unlocks, total: int) -> None:
        self.announce(Learned(self.who.label, "unlocks", total))
        if answer.unreadable:
            many = counted(len(answer.unreadable), "unlock")
            what = f"{many} could not be read: {answer.unreadable[0].why}"
            self.announce(Warned(self.who.label, what))

    def titles(self, player: Player) -> bool:
        """Some of the games that nothing has named yet."""
        naming = Naming(self.source, self.store, self.clock, self.attempts)
        return self._tolerantly("titles", lambda: naming.name_some(player))

    def _tolerantly(self, what: str, learn: Callable[[], None]) -> bool:
        """What the key or the budget forbids ends the run; any other failure of the site is only told.

        A site that lacks this endpoint is asked less and less often.
        """
        if self.attempts.resting(what):
            return False
        try:
            learn()
        except (Unauthorized, Deferred):
            raise
        except ApiError as error:
            self.announce(Warned(self.who.label, f"{what} were not read: {error.why}"))
            self.attempts.failed(what)
            return False
        if not self.attempts.resting(what):  # else it asked for a pause itself
            self.rests.told(what)
        return True


def _unlocks_of(game_id: GameId) -> str:
    return f"the unlocks of game {game_id}"
