"""What each ready query of docs/sql.md must answer, in plain Python.

Each is written from its query's sentence, not from its SQL.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import pairwise
from operator import itemgetter
from typing import Any

from syncer.core.model.progress import PROGRESS_COLUMNS

from .sql_facts import Facts, Row

Answer = Iterable[tuple[Any, ...]]
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
SHOWN = ("num_achieved", "num_possible_achievements", "score_achieved", "score_achieved_hardcore")
ANSWERS: dict[str, Callable[..., Answer]] = {}


def answers(function: Callable[..., Answer]) -> Callable[..., Answer]:
    ANSWERS[function.__name__] = function
    return function


def title(f: Facts, game: int) -> str | None:
    (found,) = (g["title"] for g in f.games if g["id"] == game)
    return found  # type: ignore[no-any-return]


def stretches(f: Facts, player: int) -> dict[int, list[Row]]:
    """By game, oldest first."""
    found = defaultdict(list)
    for row in sorted(f.snapshots, key=itemgetter("first_seen_at")):
        if row["player_id"] == player:
            found[row["game_id"]].append(row)
    return found


def told(f: Facts, player: int, since: datetime | None = None, until: datetime | None = None) -> list[Row]:
    """Unlocks that the site still tells, oldest first."""
    mine = [u for u in f.unlocks if u["player_id"] == player and u["gone_at"] is None]
    mine = [u for u in mine if since is None or u["unlocked_at"] >= since]
    mine = [u for u in mine if until is None or u["unlocked_at"] < until]
    return sorted(mine, key=itemgetter("unlocked_at"))


def firsts(f: Facts, player: int, since: datetime | None = None, until: datetime | None = None) -> list[Row]:
    """Each achievement once, when it was first unlocked."""
    found: dict[int, Row] = {}
    for row in told(f, player):
        found.setdefault(row["achievement_id"], row)
    rows = [u for u in found.values() if since is None or u["unlocked_at"] >= since]
    return [u for u in rows if until is None or u["unlocked_at"] < until]


def mine(f: Facts, player: int) -> list[Row]:
    return [t for t in f.targets if t["player_id"] == player]


def kind(before: Row | None, row: Row) -> str:
    """Design section 3, "Names of changes": the first that matches."""
    if before is None:
        return "baseline"
    was, now = ([r[name] for name in PROGRESS_COLUMNS] for r in (before, row))
    possible, achieved, hardcore = (now[n] - was[n] for n in (0, 2, 4))
    names = {
        "resumed": was == now,
        "gone": was[0] > 0 == now[0],
        "returned": was[0] == 0 < now[0],
        "reset": possible == 0 and (achieved < 0 or hardcore < 0),
        "demoted": possible < 0 and achieved < 0,
        "set_revised": possible != 0,
        "unlock": achieved > 0,
        "hardcore_upgrade": hardcore > 0,
        "reweighted": True,
    }
    return next(name for name, fits in names.items() if fits)


def changes(f: Facts, player: int) -> Iterator[tuple[str, Row | None, Row]]:
    for rows in stretches(f, player).values():
        for before, row in pairwise([None, *rows]):
            assert row
            yield kind(before, row), before, row


@answers
def curve_of_game(f: Facts, player: int, game: int) -> Answer:
    seen = ("first_seen_at", "last_seen_at", "num_achieved", "num_possible_achievements")
    names = (*seen, "score_achieved", "score_achieved_hardcore", "after_gap")
    return [tuple(row[n] for n in names) for row in stretches(f, player)[game]]


@answers
def state_at(f: Facts, player: int, t: datetime, late_before: datetime) -> Answer:
    names = (*SHOWN, "first_seen_at", "last_seen_at")
    expected = {target["game_id"]: target["expected_at"] for target in mine(f, player)}
    for game, rows in sorted(stretches(f, player).items()):
        begun = [row for row in rows if row["first_seen_at"] <= t]
        if begun:
            row, later = begun[-1], rows[len(begun) :]
            in_time = not later[0]["after_gap"] if later else expected[game] >= late_before
            word = "known" if t <= row["last_seen_at"] else "between" if in_time else "gap"
            yield game, title(f, game), *(row[n] for n in names), word


@answers
def game_at(f: Facts, player: int, game: int, t: datetime) -> Answer:
    """The snapshot that had begun by then, and before the next one."""
    rows = stretches(f, player)[game]
    for row, following in pairwise([*rows, None]):
        end = following["first_seen_at"] if following else None
        if row and row["first_seen_at"] <= t and (end is None or t < end):
            yield *(row[n] for n in SHOWN), row["first_seen_at"], end, row["last_seen_at"], row["after_gap"]


@answers
def games_at(f: Facts, player: int, t: datetime) -> Answer:
    return ((game, *row) for game in sorted(stretches(f, player)) for row in game_at(f, player, game, t))


@answers
def changed_this_week(f: Facts, player: int, since: datetime, until: datetime) -> Answer:
    found = [c for c in changes(f, player) if since <= c[2]["first_seen_at"] < until]
    found.sort(key=lambda c: (c[2]["first_seen_at"], c[2]["id"]), reverse=True)
    for name, before, row in found:
        if before and name != "resumed":
            won = (row[n] - before[n] for n in ("num_achieved", "score_achieved"))
            now = (row["num_achieved"], row["num_possible_achievements"], row["after_gap"])
            yield row["first_seen_at"], row["game_id"], title(f, row["game_id"]), name, *won, *now


def summed(rows: list[Row], name: Callable[[datetime], Any], zone: tzinfo) -> list[tuple[Any, int, int]]:
    found: dict[Any, list[int]] = defaultdict(list)
    for row in rows:
        found[name(row["unlocked_at"].astimezone(zone))].append(row["points"])
    return [(key, len(points), sum(points)) for key, points in sorted(found.items())]


@answers
def points_per_day(f: Facts, player: int, since: datetime, until: datetime, zone: tzinfo) -> Answer:
    return summed(firsts(f, player, since, until), lambda local: local.date(), zone)


@answers
def points_per_week(f: Facts, player: int, since: datetime, until: datetime, zone: tzinfo) -> Answer:
    return summed(firsts(f, player, since, until), lambda local: monday(local.date()), zone)


@answers
def points_per_month(f: Facts, player: int, since: datetime, until: datetime, zone: tzinfo) -> Answer:
    return summed(firsts(f, player, since, until), lambda local: f"{local:%Y-%m}", zone)


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


@answers
def points_per_day_seen(f: Facts, player: int, since: datetime, until: datetime, zone: tzinfo) -> Answer:
    days: dict[date, list[int]] = defaultdict(list)
    for name, before, row in changes(f, player):
        site = name in ("resumed", "gone", "returned", "reweighted")
        if before and not site and since <= row["first_seen_at"] < until:
            day = row["first_seen_at"].astimezone(zone).date()
            days[day].append(row["score_achieved"] - before["score_achieved"])
    for day, points in sorted(days.items()):
        yield day, sum(p for p in points if p > 0), -sum(p for p in points if p < 0)


@answers
def best_days(f: Facts, player: int, zone: tzinfo) -> Answer:
    days = summed(firsts(f, player), lambda local: local.date(), zone)
    return sorted(days, key=lambda d: (-d[2], d[0]))[:10]


@answers
def streaks(f: Facts, player: int, zone: tzinfo) -> Answer:
    days = {u["unlocked_at"].astimezone(zone).date() for u in told(f, player)}
    found = []
    for first in days:
        if first - DAY not in days:
            last = first
            while last + DAY in days:
                last += DAY
            found.append((first, last, (last - first).days + 1))
    return sorted(found, key=itemgetter(2, 0), reverse=True)[:10]


@answers
def sessions(f: Facts, player: int, since: datetime, until: datetime) -> Answer:
    found: list[list[Row]] = []
    for row in told(f, player, since, until):
        if found and row["unlocked_at"] - found[-1][-1]["unlocked_at"] < HOUR:
            found[-1].append(row)
        else:
            found.append([row])
    for rows in found:
        begin, end = rows[0]["unlocked_at"], rows[-1]["unlocked_at"]
        yield begin, end, (end - begin) // timedelta(minutes=1), len(rows), len({r["game_id"] for r in rows})


@answers
def time_to_mastery(f: Facts, player: int) -> Answer:
    for t in sorted(mine(f, player), key=lambda t: (str(t["award_at"]), t["game_id"])):
        begun = [u["unlocked_at"] for u in told(f, player) if u["game_id"] == t["game_id"]]
        if t["award_kind"] == "mastered" and begun:
            took = (t["award_at"] - begun[0]) / DAY
            yield t["game_id"], title(f, t["game_id"]), begun[0], t["award_at"], took


@answers
def almost_finished(f: Facts, player: int, idle_since: datetime) -> Answer:
    found = []
    for t in mine(f, player):
        rows = stretches(f, player)[t["game_id"]]
        if t["removed_at"] or not rows:
            continue
        got, possible = rows[-1]["num_achieved"], rows[-1]["num_possible_achievements"]
        last = [u["unlocked_at"] for u in told(f, player) if u["game_id"] == t["game_id"]][-1:]
        if 0.8 * possible <= got < possible and not any(at >= idle_since for at in last):
            left = rows[-1]["possible_score"] - rows[-1]["score_achieved"]
            found.append((t["game_id"], title(f, t["game_id"]), got, possible, left, next(iter(last), None)))
    return sorted(found, key=itemgetter(4, 0))


@answers
def revised_since_mastery(f: Facts, player: int) -> Answer:
    found = []
    for t in mine(f, player):
        rows = stretches(f, player)[t["game_id"]]
        later = [
            row["first_seen_at"]
            for before, row in pairwise(rows)
            if t["award_kind"] in ("mastered", "completed")
            and row["first_seen_at"] > t["award_at"]
            and 0 < row["num_possible_achievements"] != before["num_possible_achievements"] > 0
        ]
        if later:
            missing = rows[-1]["num_possible_achievements"] - rows[-1]["num_achieved"]
            award = (t["award_kind"], t["award_at"])
            found.append((t["game_id"], title(f, t["game_id"]), *award, len(later), max(later), missing))
    found.sort(key=itemgetter(0))
    return sorted(found, key=itemgetter(5), reverse=True)


def ended_gaps(f: Facts, player: int) -> Iterator[tuple[datetime, datetime, int]]:
    for game, rows in stretches(f, player).items():
        for before, row in pairwise(rows):
            if row["after_gap"]:
                yield before["last_seen_at"], row["first_seen_at"], game


@answers
def gaps(f: Facts, player: int, since: datetime, until: datetime, late_before: datetime) -> Answer:
    found: list[tuple[datetime, datetime | None, int]] = [
        gap for gap in ended_gaps(f, player) if gap[1] > since and gap[0] < until
    ]
    for t in mine(f, player):
        rows = stretches(f, player)[t["game_id"]]
        late = t["removed_at"] is None and t["expected_at"] < late_before
        if late and rows and rows[-1]["last_seen_at"] < until:
            found.append((rows[-1]["last_seen_at"], None, t["game_id"]))
    return [(*gap, title(f, gap[2])) for gap in sorted(found, key=itemgetter(0, 2))]


@answers
def uptime_per_week(f: Facts, player: int, since: datetime, until: datetime) -> Answer:
    followed, unwatched = [], [gap[:2] for gap in ended_gaps(f, player)]
    for t in mine(f, player):
        if rows := stretches(f, player)[t["game_id"]]:
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
        {game: rows[-1]["score_achieved"] for game, rows in stretches(f, who).items()}
        for who in (player, other)
    )
    both = [game for game in ours.keys() & theirs.keys() if ours[game] or theirs[game]]
    found = [(game, title(f, game), ours[game], theirs[game], ours[game] - theirs[game]) for game in both]
    return sorted(found, key=lambda row: (-row[4], row[0]))


@answers
def year_in_review(f: Facts, player: int, since: datetime, until: datetime, zone: tzinfo) -> Answer:
    rows = firsts(f, player, since, until)
    days = summed(rows, lambda local: local.date(), zone)
    best = min(days, key=lambda d: (-d[2], d[0]), default=(None, None, None))
    games = Counter[int]()
    for row in rows:
        games[row["game_id"]] += row["points"]
    favourite = min(games, key=lambda game: (-games[game], game), default=None)
    masteries = [t["award_at"] for t in mine(f, player) if t["award_kind"] == "mastered"]
    yield (
        len(rows),
        sum(row["points"] for row in rows),
        sum(row["points"] for row in told(f, player, since, until) if row["hardcore"]),
        len(games),
        sum(since <= at < until for at in masteries),
        len(days),
        best[0],
        best[2],
        title(f, favourite) if favourite else None,
    )


@answers
def unlocks_per_console(f: Facts, player: int) -> Answer:
    console = {g["id"]: (g["console_id"], g["console_name"]) for g in f.games}
    found: dict[tuple[int, str], list[Row]] = defaultdict(list)
    for row in firsts(f, player):
        found[console[row["game_id"]]].append(row)
    order = sorted(found.items(), key=lambda c: (-len(c[1]), min(r["game_id"] for r in c[1])))
    for (_, name), rows in order:
        yield name, len(rows), sum(r["points"] for r in rows), len({r["game_id"] for r in rows})


@answers
def hours_of_play(f: Facts, player: int, zone: tzinfo) -> Answer:
    count = Counter(u["unlocked_at"].astimezone(zone).hour for u in told(f, player))
    return sorted(((hour, count[hour]) for hour in range(24)), key=itemgetter(1, 0))


@answers
def unlocks_gone(f: Facts, player: int) -> Answer:
    lost = [u for u in f.unlocks if u["player_id"] == player and u["gone_at"]]
    lost.sort(key=lambda u: (-u["gone_at"].timestamp(), u["achievement_id"], u["hardcore"]))
    for u in lost:
        told_of = (u["title"], u["hardcore"], u["points"])
        yield u["gone_at"], u["unlocked_at"], u["game_id"], title(f, u["game_id"]), *told_of


@answers
def former_titles(f: Facts) -> Answer:
    for row in sorted(f.game_titles, key=itemgetter("game_id", "first_seen_at")):
        if row["title"] != (now := title(f, row["game_id"])):
            yield row["game_id"], row["title"], row["first_seen_at"], row["last_seen_at"], now
