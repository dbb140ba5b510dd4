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
    expected_at,
    mine,
    monday,
    snapshots_by_game,
    title,
)
from .sql_world import EVENT, EVERY, Facts, Row


@answers
def curve_of_game(f: Facts, player: int, game: int) -> Answer:
    seen = ("first_seen_at", "last_seen_at", "num_achieved", "num_possible_achievements")
    names = (*seen, "score_achieved", "score_achieved_hardcore", "after_gap")
    return [tuple(row[n] for n in names) for row in snapshots_by_game(f, player)[game]]


@answers
def state_at(f: Facts, player: int, t: datetime, late_before: datetime) -> Answer:
    names = (*SHOWN, "first_seen_at", "last_seen_at")
    followed = [one for one in mine(f, player) if one["removed_at"] is None or one["removed_at"] > t]
    expected = {target["game_id"]: expected_at(f, target) or t for target in followed}
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


def account_rows(f: Facts, player: int) -> list[Row]:
    return [row for row in f.account_polls if row["player_id"] == player]


def account_gaps(f: Facts, player: int) -> Iterator[tuple[datetime, datetime]]:
    for before, row in pairwise(account_rows(f, player)):
        yield before["last_seen_at"], row["first_seen_at"]


def target_gaps(f: Facts, player: int) -> Iterator[tuple[datetime, datetime, int]]:
    for game, rows in snapshots_by_game(f, player).items():
        for before, row in pairwise(rows):
            if row["after_gap"]:
                yield before["last_seen_at"], row["first_seen_at"], game


@answers
def gaps(f: Facts, player: int, since: datetime, until: datetime, late_before: datetime) -> Answer:
    ended = [("account", *gap, 0) for gap in account_gaps(f, player)]
    ended += [("target", *gap) for gap in target_gaps(f, player)]
    found: list[tuple[str, datetime, datetime | None, int]] = [
        gap for gap in ended if gap[2] > since and gap[1] < until
    ]
    for t in mine(f, player):
        expected = expected_at(f, t)
        last = snapshots_by_game(f, player)[t["game_id"]][-1]["last_seen_at"]
        if t["removed_at"] is None and expected and expected < late_before and last < until:
            found.append(("target", last, None, t["game_id"]))
    for row in account_rows(f, player)[-1:]:
        if row["last_seen_at"] + EVERY < late_before and row["last_seen_at"] < until:
            found.append(("account", row["last_seen_at"], None, 0))
    for scope, begin, end, game in sorted(found, key=itemgetter(1, 0, 3)):
        yield (scope, begin, end, game, title(f, game)) if game else (scope, begin, end, None, None)


@answers
def uptime_per_week(f: Facts, player: int, since: datetime, until: datetime) -> Answer:
    rows, unwatched = account_rows(f, player), list(account_gaps(f, player))
    followed = [(rows[0]["first_seen_at"], until)] if rows else []
    unwatched += [(rows[-1]["last_seen_at"], until)] if rows else []
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
