"""A large account whose sets are revised all the time, in lists that stay fast."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from random import Random

import syncer.core.model.library as library
from syncer.core.model.library import GameInfo, GameUnlocks, Unlock, UnlockPage
from syncer.core.model.player import Profile
from syncer.core.model.progress import GameId, Progress, ProgressResponse

from .harness import START
from .unlock_harness import UnlockSource

PER_GAME = 50
ALL = timedelta(days=3650)  # a window longer than this is the beginning of a reading of all unlocks


class RevisedAccount(UnlockSource):
    """`games` sets of 50 achievements, all of them unlocked, every third one in softcore.

    `pages`: the requests of each reading of all unlocks.
    """

    def fill(self, games: int) -> None:
        self.worth = {a: 5 for a in range(games * PER_GAME)}
        self.first = START - timedelta(days=3000)
        self.step = timedelta(days=2999) / len(self.worth)
        self.moments = [self._moment(a) for a in self.worth]
        self.rng, self.pages = Random(11), list[int]()

    def _moment(self, achievement: int) -> datetime:
        return (self.first + achievement * self.step).replace(microsecond=0)

    def revise(self, sets: int) -> None:
        """Change the points of an achievement in some sets, or demote it."""
        for _ in range(sets):
            achievement = self.rng.choice(list(self.worth)) if len(self.worth) < 5000 else self._any()
            if self.rng.random() < 0.2:
                self.worth.pop(achievement, None)
            elif achievement in self.worth:
                self.worth[achievement] = self.rng.choice((5, 10, 25))

    def _any(self) -> int:
        return self.rng.randrange(len(self.moments))

    def _unlock(self, achievement: int) -> Unlock:
        hardcore = achievement % 3 > 0
        game, moment = achievement // PER_GAME + 1, self.moments[achievement]
        return Unlock(achievement + 1, game, "Title", self.worth[achievement], hardcore, moment)

    def _of_game(self, game_id: GameId) -> list[int]:
        first = (game_id - 1) * PER_GAME
        return [a for a in range(first, first + PER_GAME) if a in self.worth]

    def profile(self, user: str) -> Profile:
        date, account = self._begin(), self.world.resolve(user)
        assert account
        hardcore = sum(points for a, points in self.worth.items() if a % 3)
        softcore = sum(self.worth.values()) - hardcore
        return Profile(account.ulid, account.name, date, hardcore, softcore, hardcore)

    def progress(self, user: str, game_ids: Sequence[GameId]) -> ProgressResponse:
        return ProgressResponse({game: self._progress(game) for game in game_ids}, 0, self._begin())

    def _progress(self, game_id: GameId) -> Progress:
        earned = self._of_game(game_id)
        hardcore = [a for a in earned if a % 3]
        score, of_hardcore = (sum(self.worth[a] for a in some) for some in (earned, hardcore))
        return Progress(len(earned), score, len(earned), score, len(hardcore), of_hardcore)

    def achievements_earned_between(self, user: str, start: datetime, end: datetime) -> UnlockPage:
        date = self._begin()
        if end - start > ALL:
            self.pages.append(0)
            self.until = end
        self.pages[-1] += end == self.until
        self.windows.append((start, end))
        return UnlockPage(tuple(self._between(start, end)), date=date)

    def _between(self, start: datetime, end: datetime) -> Iterator[Unlock]:
        found = 0
        for achievement in range(bisect_left(self.moments, start), bisect_right(self.moments, end)):
            if achievement in self.worth and found < library.MAX_UNLOCKS_PER_PAGE:
                found += 1
                yield self._unlock(achievement)

    def game_unlocks(self, user: str, game_id: GameId) -> GameUnlocks | None:
        self._begin()
        self.games.append(game_id)
        rows = tuple(self._unlock(a) for a in self._of_game(game_id))
        return GameUnlocks(GameInfo(game_id, f"Game {game_id}", 7, "NES", ""), rows)
