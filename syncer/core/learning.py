"""What a run learns besides progress: which games were played, their titles, and the unlocks.

The site's failure here spoils no look at progress: it is warned of, and asked again at the next run.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from .clock import Clock
from .errors import ApiError, Deferred, SiteFailure, Unauthorized
from .events import Announce, Learned, Warned
from .history import MOST_PLAYED, CompletionPage, PlayedGame, Unlock, Unlocks
from .learn import Window, first_second, is_walk_due, pages_of, source_of, unlocks_due, whole_walk, window
from .memory import persist
from .model import Player
from .naming import Naming
from .ports import Following, Source, Store
from .words import counted

WALKS = 3  # how often a listing that moves while it is read is read again
REST = timedelta(hours=1)  # after the site did not tell something, until it is asked for that again


def pages_read(source: Source, user: str) -> Iterator[CompletionPage]:
    """Of the played games, each as it comes. Raises ApiError."""
    first = source.completion_progress(user, 0, MOST_PLAYED)
    yield first
    for number in range(1, pages_of(first.total)):
        yield source.completion_progress(user, number * MOST_PLAYED, MOST_PLAYED)


def listing(source: Source, user: str) -> list[PlayedGame]:
    """All played games, read once; where they moved meanwhile, one may be missing. Raises ApiError."""
    return list({game.game_id: game for page in pages_read(source, user) for game in page.games}.values())


class Learner:
    """One player's, during one run. `rests`: until when not to ask for what, kept from run to run."""

    def __init__(
        self,
        who: Following,
        source: Source,
        store: Store,
        clock: Clock,
        announce: Announce,
        rests: dict[str, datetime],
    ) -> None:
        self.who, self.source, self.store, self.clock, self.announce = who, source, store, clock, announce
        self.seconds = int(who.schedule.interval.total_seconds())
        self.rests = rests

    def played_games(self, player: Player) -> bool:
        """Follow all games of the listing, once a day; whether it was read."""
        if not self.who.played or not is_walk_due(player, self.clock.now()):
            return False
        return self._tolerantly("the played games", lambda: self._walk(player))

    def _walk(self, player: Player) -> None:
        played = next((games for _ in range(WALKS) if (games := whole_walk(self._pages(player)))), None)
        if played is None:
            raise SiteFailure("the listing moved while it was read")
        at = self.clock.now()
        persist(self.clock, lambda: self.store.walked(player, played, self.seconds, at))

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
        return self._tolerantly("the unlocks", lambda: self._read_unlocks(player, resumed))

    def _read_unlocks(self, player: Player, resumed: bool) -> None:
        """Page by page; each is stored with how far it reaches, so that no page is asked for twice."""
        known, until = player.unlocks_until, self.clock.now().replace(microsecond=0)
        suspect = self.store.unlocks_in_doubt(player)
        begin: datetime | None = min(first_second(known, until, resumed), suspect or until)
        total = 0
        while begin is not None and begin <= until:
            answer = self.source.achievements_earned_between(player.ulid, begin, until)
            covered = window(answer, begin, until)
            total += self._store(player, answer, covered)
            self._tell(answer, total)
            begin = covered.next

    def _store(self, player: Player, answer: Unlocks, covered: Window) -> int:
        at, follow = self.clock.now(), self.seconds if self.who.played else None
        allowed = self.who.gap_after + timedelta(seconds=self.seconds)

        def why(row: Unlock) -> str:
            return source_of(row.unlocked_at, player.added_at, player.unlocks_until, allowed, at)

        return persist(self.clock, lambda: self.store.unlocked(player, answer, covered, why, follow, at))

    def _tell(self, answer: Unlocks, total: int) -> None:
        self.announce(Learned(self.who.label, "unlocks", total))
        if answer.unreadable:
            many = counted(len(answer.unreadable), "unlock")
            what = f"{many} could not be read: {answer.unreadable[0].why}"
            self.announce(Warned(self.who.label, what))

    def titles(self, player: Player) -> bool:
        """Some of the games that nothing has named yet."""
        naming = Naming(self.source, self.store, self.clock)
        return self._tolerantly("titles", lambda: naming.name_some(player))

    def _tolerantly(self, what: str, learn: Callable[[], None]) -> bool:
        """What the key or the budget forbids ends the run; any other failure of the site is only told.

        Then it is left in peace for a while: a site that lacks this endpoint is not asked at each run.
        """
        now = self.clock.now()
        if now < self.rests.get(what, now) <= now + REST:
            return False
        try:
            learn()
        except (Unauthorized, Deferred):
            raise
        except ApiError as error:
            self.announce(Warned(self.who.label, f"{what} were not read: {error.why}"))
            self.rests[what] = self.clock.now() + REST
            return False
        return True
