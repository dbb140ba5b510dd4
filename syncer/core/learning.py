"""What a run learns besides progress: which games were played, their titles, and the unlocks.

The site's failure here spoils no look at progress: it is warned of, and asked again at the next run.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from .clock import Clock
from .errors import ApiError, Deferred, SiteFailure, Unauthorized
from .events import Announce, Learned, Warned
from .history import MOST_PLAYED, CompletionPage, Unlock, Unlocks
from .learn import Window, first_second, is_walk_due, pages_of, source_of, whole_walk, window
from .memory import persist
from .model import GameId, Player
from .ports import Following, Source, Store
from .words import counted

WALKS = 3  # how often a listing that moves while it is read is read again
NAMES_A_RUN = 5  # games that are asked for their title, where nothing else told it


class Learner:
    """One player's, during one run."""

    def __init__(
        self, who: Following, source: Source, store: Store, clock: Clock, announce: Announce
    ) -> None:
        self.who, self.source, self.store, self.clock, self.announce = who, source, store, clock, announce
        self.seconds = int(who.schedule.interval.total_seconds())

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
        pages = [self.source.completion_progress(player.ulid, 0, MOST_PLAYED)]
        for number in range(1, pages_of(pages[0].total)):
            pages.append(self.source.completion_progress(player.ulid, number * MOST_PLAYED, MOST_PLAYED))
            self.announce(Learned(self.who.label, "played games", sum(len(p.games) for p in pages)))
        return pages

    def unlocks(self, player: Player) -> bool:
        """Every unlock since the last one that is known; whether they were all told."""
        if not self.who.played:
            return False
        return self._tolerantly("the unlocks", lambda: self._read_unlocks(player))

    def _read_unlocks(self, player: Player) -> None:
        """Page by page; each is stored with how far it reaches, so that no page is asked for twice."""
        known, until = player.unlocks_until, self.clock.now().replace(microsecond=0)
        suspect = self.store.unlocks_in_doubt(player)
        begin: datetime | None = min(first_second(known, until), suspect or until)
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
        """A few of the games that nothing has named yet."""
        if not self.who.played:
            return False
        nameless = self.store.nameless(player, NAMES_A_RUN)
        return bool(nameless) and self._tolerantly("titles", lambda: self._ask_titles(nameless))

    def _ask_titles(self, nameless: Sequence[GameId]) -> None:
        found = {game_id: self.source.game(game_id) for game_id in nameless}
        facts = [fact for fact in found.values() if fact]
        none = [game_id for game_id, fact in found.items() if not fact]
        persist(self.clock, lambda: self.store.named(facts, none, self.clock.now()))

    def _tolerantly(self, what: str, learn: Callable[[], None]) -> bool:
        """What the key or the budget forbids ends the run; any other failure of the site is only told."""
        try:
            learn()
        except (Unauthorized, Deferred):
            raise
        except ApiError as error:
            self.announce(Warned(self.who.label, f"{what} were not read: {error.why}"))
            return False
        return True
