"""What the ready queries about snapshots, runs and targets must answer."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import pairwise
from operator import itemgetter

from .sql_answer_tools import (
    SHOWN,
    WEEK,
    Answer,
    answers,
    award,
    changes,
    mine,
    monday,
    snapshots_by_game,
    title,
)
from .sql_world import EVENT, Facts


@answers
def curve_of_game(f: Facts, player: int, game: int) -> Answer:
    seen = ("first_seen_at", "last_seen_at", "num_achieved", "num_possible_achievements")
    names = (*seen, "score_achieved", "score_achieved_hardcore", "after_gap")
    return [tuple(row[n] for n in names) for row in snapshots_by_game(f, player)[game]]


@answers
def state_at(f: Facts, player: int, t: datetime, late_before: datetime) -> Answer:
    names = (*SHOWN, "first_seen_at", "last_seen_at")
    followed = [one for one in mine(f, player) if one["removed_at"] is None or one["removed_at"] > t]
    expected = {target["game_id"]: target["expected_at"] for target in followed}
    for game, rows in sorted(snapshots_by_game(f, player).items()):
        begun = [row for row in rows if row["first_seen_at"] <= t]
        if begun and game in expected:
            row, later = begun[-1], rows[len(begun) :]
            in_time = not later[0]["after_gap"] if later else expected[game] >= late_before
            word = "known" if t <= row["last_seen_at"] else "between" if in_time else "gap"
            yield game, title(f, game), *(row[n] for n in names), word


@answers
def game_at(f: Facts, player: int, game: int, t: datetime) -> Answer:
    """The snapshot that had begun by then, and before the next one."""
    rows = snapshots_by_game(f, player)[game]
    for row, following in pairwise([*rows, None]):
        end = following["first_seen_at"] if following else None
        if row and row["first_seen_at"] <= t and (end is None or t < end):
            yield *(row[n] for n in SHOWN), row["first_seen_at"], end, row["last_seen_at"], row["after_gap"]


@answers
def games_at(f: Facts, player: int, t: datetime) -> Answer:
    return (
        (game, *row) for game in sorted(snapshots_by_game(f, player)) for row in game_at(f, player, game, t)
    )


@answers
def changed_this_week(f: Facts, player: int, since: datetime, until: datetime) -> Answer:
    found = [c for c in changes(f, player) if since <= c[2]["first_seen_at"] < until]
    found.sort(key=lambda c: (c[2]["first_seen_at"], c[2]["id"]), reverse=True)
    for name, before, row in found:
        if before and name != "resumed":
            won = (row[n] - before[n] for n in ("num_achieved", "score_achieved"))
            now = (row["num_achieved"], row["num_possible_achievements"], row["after_gap"])
            yield row["first_seen_at"], row["game_id"], title(f, row["game_id"]), name, *won, *now


def ended_gaps(f: Facts, player: int) -> Iterator[tuple[datetime, datetime, int]]:
    for game, rows in snapshots_by_game(f, player).items():
        for before, row in pairwise(rows):
            if row["after_gap"]:
                yield before["last_seen_at"], row["first_seen_at"], game


@answers
def gaps(f: Facts, player: int, since: datetime, until: datetime, late_before: datetime) -> Answer:
    found: list[tuple[datetime, datetime | None, int]] = [
        gap for gap in ended_gaps(f, player) if gap[1] > since and gap[0] < until
    ]
    for t in mine(f, player):
        rows = snapshots_by_game(f, player)[t["game_id"]]
        late = t["removed_at"] is None and t["expected_at"] < late_before
        if late and rows and rows[-1]["last_seen_at"] < until:
            found.append((rows[-1]["last_seen_at"], None, t["game_id"]))
    return [(*gap, title(f, gap[2])) for gap in sorted(found, key=itemgetter(0, 2))]


@answers
def uptime_per_week(f: Facts, player: int, since: datetime, until: datetime) -> Answer:
    followed, unwatched = [], [gap[:2] for gap in ended_gaps(f, player)]
    for t in mine(f, player):
        if rows := snapshots_by_game(f, player)[t["game_id"]]:
            last = rows[-1]["last_seen_at"]
            followed.append((rows[0]["first_seen_at"], last if t["removed_at"] else until))
            unwatched.append((last, last if t["removed_at"] else until))
    begin = datetime.combine(monday(since.date()), datetime.min.time(), UTC)
    while begin < until:
        whole, missed = (overlap(spans, begin, min(begin + WEEK, until)) for spans in (followed, unwatched))
        if whole:
            yield begin.date(), 100 * (1 - missed / whole)
        begin += WEEK


def overlap(spans: list[tuple[datetime, datetime]], begin: datetime, end: datetime) -> timedelta:
    parts = (min(last, end) - max(first, begin) for first, last in spans)
    return sum((part for part in parts if part > timedelta(0)), timedelta(0))


@answers
def requests_per_day(f: Facts, player: int, since: datetime, until: datetime) -> Answer:
    return sorted(sent_by(f, player, since, until, "%Y-%m-%d"))


@answers
def requests_per_hour(f: Facts, player: int, since: datetime, until: datetime) -> Answer:
    return sorted(sent_by(f, player, since, until, "%Y-%m-%d %H:00"), key=lambda hour: (-hour[2], hour[0]))[
        :10
    ]


def sent_by(
    f: Facts, player: int, since: datetime, until: datetime, name: str
) -> Iterator[tuple[str, int, int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for row in f.runs:
        if row["player_id"] == player and since <= row["started_at"] < until:
            found[row["started_at"].strftime(name)].append(row["requests"])
    return ((named, len(sent), sum(sent)) for named, sent in found.items())


@answers
def compare_players(f: Facts, player: int, other: int) -> Answer:
    ours, theirs = (
        {game: rows[-1]["score_achieved"] for game, rows in snapshots_by_game(f, who).items()}
        for who in (player, other)
    )
    both = [game for game in ours.keys() & theirs.keys() if ours[game] or theirs[game]]
    found = [(game, title(f, game), ours[game], theirs[game], ours[game] - theirs[game]) for game in both]
    return sorted(found, key=lambda row: (-row[4], row[0]))


@answers
def points_per_day_seen(f: Facts, player: int, since: datetime, until: datetime, zone: tzinfo) -> Answer:
    days: dict[date, list[int]] = defaultdict(list)
    for name, before, row in changes(f, player):
        site = name in ("resumed", "gone", "returned", "reweighted")
        site = site or row["game_id"] == EVENT
        if before and not site and since <= row["first_seen_at"] < until:
            day = row["first_seen_at"].astimezone(zone).date()
            days[day].append(row["score_achieved"] - before["score_achieved"])
    for day, points in sorted(days.items()):
        yield day, sum(p for p in points if p > 0), -sum(p for p in points if p < 0)


@answers
def revised_since_mastery(f: Facts, player: int) -> Answer:
    found = []
    for t in mine(f, player):
        rows = snapshots_by_game(f, player)[t["game_id"]]
        kind, awarded_at = award(f, player, t["game_id"])
        later = [
            row["first_seen_at"]
            for before, row in pairwise(rows)
            if kind in ("mastered", "completed")
            and row["first_seen_at"] > awarded_at
            and 0 < row["num_possible_achievements"] != before["num_possible_achievements"] > 0
        ]
        if later:
            missing = rows[-1]["num_possible_achievements"] - rows[-1]["num_achieved"]
            named = (title(f, t["game_id"]), kind, awarded_at)
            found.append((t["game_id"], *named, len(later), max(later), missing))
    found.sort(key=itemgetter(0))
    return sorted(found, key=itemgetter(5), reverse=True)
