"""How much was asked: requests and bytes a day, by endpoint and kind."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from .delays import Absence
from .scenario import DAY, START
from .site import Sent

MINUTE = timedelta(minutes=1)
KINDS = {
    "GetUserProfile": "profile",
    "GetUserRankAndScore": "check",
    "GetUserPoints": "check",
    "GetUserProgress": "progress",
    "GetAchievementsEarnedBetween": "unlock lists",
    "GetGameInfoAndUserProgress": "unlocks of a game",
    "GetGameList": "game lists",
    "GetGame": "titles",
    "GetConsoleIDs": "titles",
}
PAGED = {
    "GetUserRecentlyPlayedGames": ("probe", "recent, further pages"),
    "GetUserCompletionProgress": ("listing", "listing, further pages"),
}
BY_STEP = ("progress", "profile", "game lists")  # several steps of a run send these
WHOLE = ("recent, further pages", "listing, further pages")  # of a day of a whole reading
FRUITLESS = "search that found nothing"
SEARCHING = "check_points"  # the step of a run that searches


def kind_of(sent: Sent, fruitless: Sequence[Absence] = ()) -> str:
    """Return the kind of a request. `fruitless`: the times of searches that found nothing."""
    if sent.step == SEARCHING and any(begin <= sent.at <= end for begin, end in fruitless):
        return FRUITLESS
    if sent.endpoint in PAGED:
        return PAGED[sent.endpoint][sent.params.get("o", "0") != "0"]
    kind = KINDS.get(sent.endpoint, sent.endpoint)
    return f"{kind}, {sent.step or 'elsewhere'}" if kind in BY_STEP else kind


@dataclass(frozen=True)
class Traffic:
    """Requests and bytes of each day, by kind. `first`: the first day, which the means leave out."""

    days: Sequence[Mapping[str, int]]
    bytes: Sequence[Mapping[str, int]]
    most_in_a_minute: int

    @property
    def later(self) -> Sequence[Mapping[str, int]]:
        return self.days[1:] or self.days

    @property
    def totals(self) -> list[int]:
        return [sum(day.values()) for day in self.later]

    def mean(self) -> float:
        return sum(self.totals) / len(self.totals)

    def highest(self) -> int:
        return max(self.totals)

    def highest_without(self, kinds: Sequence[str]) -> int:
        return max(sum(count for kind, count in day.items() if kind not in kinds) for day in self.later)

    def by_kind(self) -> dict[str, float]:
        """Return the mean requests a day of each kind, the most frequent first."""
        return _means(self.later)

    def bytes_by_kind(self) -> dict[str, float]:
        return _means(self.bytes[1:] or self.bytes)

    def bytes_a_day(self) -> float:
        return sum(self.bytes_by_kind().values())


def _means(days: Sequence[Mapping[str, int]]) -> dict[str, float]:
    sums = sum((Counter(day) for day in days), Counter[str]())
    return {kind: count / len(days) for kind, count in sums.most_common()}


def traffic_of(log: Sequence[Sent], days: float, fruitless: Sequence[Absence] = ()) -> Traffic:
    """Return the traffic of the days that are complete."""
    whole = max(1, int(days))
    counts: list[Counter[str]] = [Counter() for _ in range(whole)]
    sizes: list[Counter[str]] = [Counter() for _ in range(whole)]
    for sent in log:
        day = (sent.at - START) // DAY
        if day < whole:
            kind = kind_of(sent, fruitless)
            counts[day][kind] += 1
            sizes[day][kind] += sent.bytes
    return Traffic(counts, sizes, most_within(log, MINUTE))


def most_within(log: Sequence[Sent], length: timedelta) -> int:
    """Return the most requests in any sliding interval, its end excluded."""
    moments = [sent.at for sent in log]
    return max((bisect_left(moments, at + length) - n for n, at in enumerate(moments)), default=0)
