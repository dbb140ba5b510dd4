"""All that is true about one player at the end of a season, as plain values."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from .accepted import Acceptance
from .changes import Judged, judge
from .ledger import Ledger
from .recording import EVERY
from .season import Season
from .values import Answer, Award, Period, Row

GAP_AFTER = timedelta(minutes=30)
SUMS = ("GetUserProfile", "GetUserRankAndScore")  # GetUserPoints only proves zeros of the second


@dataclass
class Truth:
    """`begun`: the first answer. `judged`: the accepted changes of each followed game, oldest first."""

    mode: str
    name: str
    begun: datetime
    end: datetime
    unlocks: dict[Row, list[Period]] = field(repr=False)
    awards: dict[Award, list[Period]] = field(repr=False)
    judged: dict[int, list[Judged]] = field(repr=False)
    points: dict[int, int] = field(repr=False)  # of each achievement, as they are now
    sums: list[Answer] = field(repr=False)
    followed: set[int]
    events: set[int]
    revised_at: dict[int, list[datetime]]

    @property
    def reads_unlocks(self) -> bool:
        return self.mode != "numbers"

    def of_game(self, game: int) -> list[Row]:
        return [row for row in self.unlocks if row.game == game]


def truth_of(season: Season, mode: str, end: datetime) -> Truth:
    """Return the truth about the player of a mode."""
    stage = season.stages[mode]
    ledger: Ledger = season.site.ledgers[stage.name]
    answers = [answer for answer in season.site.answers if answer.player == stage.name]
    max_wait = EVERY[season.length.every] + GAP_AFTER
    changes = Acceptance(ledger, max_wait, stage.events).read(answers)
    games = season.site.world.catalogue.games
    points = {a.id: a.points for game in games.values() for a in game.achievements.values()}
    owned = {*stage.followed, *stage.unfollowed}
    followed = owned - stage.events if mode == "played" else set(stage.followed)
    read = mode != "numbers"
    return Truth(
        mode=mode,
        name=stage.name,
        begun=answers[0].at,
        end=end,
        unlocks={row: periods for row, periods in ledger.unlocks.items()},
        awards=dict(ledger.awards),
        judged={g: judge(changes.get(g, []), points, with_unlocks=read) for g in followed},
        points=points,
        sums=[answer for answer in answers if answer.endpoint in SUMS],
        followed=followed,
        events=set(stage.events),
        revised_at={game: list(moments) for game, moments in ledger.revised_at.items()},
    )
