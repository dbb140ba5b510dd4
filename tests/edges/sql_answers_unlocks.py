"""What the ready queries about unlocks, and those with names, must answer."""

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from operator import itemgetter
from typing import Any

from .sql_answer_tools import (
    DAY,
    HOUR,
    Answer,
    answers,
    award,
    firsts,
    mine,
    monday,
    snapshots_by_game,
    title,
    unlocks_of,
)
from .sql_world import EVENT, Facts, Row


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


@answers
def best_days(f: Facts, player: int, zone: tzinfo) -> Answer:
    days = summed(firsts(f, player), lambda local: local.date(), zone)
    return sorted(days, key=lambda d: (-d[2], d[0]))[:10]


@answers
def streaks(f: Facts, player: int, zone: tzinfo) -> Answer:
    days = {u["unlocked_at"].astimezone(zone).date() for u in unlocks_of(f, player)}
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
    for row in unlocks_of(f, player, since, until):
        if found and row["unlocked_at"] - found[-1][-1]["unlocked_at"] < HOUR:
            found[-1].append(row)
        else:
            found.append([row])
    for rows in found:
        begin, end = rows[0]["unlocked_at"], rows[-1]["unlocked_at"]
        yield begin, end, (end - begin) // timedelta(minutes=1), len(rows), len({r["game_id"] for r in rows})


@answers
def time_to_mastery(f: Facts, player: int) -> Answer:
    found = [(*award(f, player, t["game_id"]), t) for t in mine(f, player)]
    for kind, at, t in sorted(found, key=lambda one: (str(one[1]), one[2]["game_id"])):
        begun = [u["unlocked_at"] for u in unlocks_of(f, player) if u["game_id"] == t["game_id"]]
        if kind == "mastered" and begun:  # of an event none counts
            took = (at - begun[0]) / DAY
            yield t["game_id"], title(f, t["game_id"]), begun[0], at, took


@answers
def almost_finished(f: Facts, player: int, idle_since: datetime) -> Answer:
    found = []
    for t in mine(f, player):
        rows = snapshots_by_game(f, player)[t["game_id"]]
        if t["removed_at"] or not rows:
            continue
        got, possible = rows[-1]["num_achieved"], rows[-1]["num_possible_achievements"]
        last = [u["unlocked_at"] for u in unlocks_of(f, player) if u["game_id"] == t["game_id"]][-1:]
        if 0.8 * possible <= got < possible and not any(at >= idle_since for at in last):
            left = rows[-1]["possible_score"] - rows[-1]["score_achieved"]
            found.append((t["game_id"], title(f, t["game_id"]), got, possible, left, next(iter(last), None)))
    return sorted(found, key=itemgetter(4, 0))


@answers
def year_in_review(f: Facts, player: int, since: datetime, until: datetime, zone: tzinfo) -> Answer:
    rows = firsts(f, player, since, until)
    days = summed(rows, lambda local: local.date(), zone)
    best = min(days, key=lambda d: (-d[2], d[0]), default=(None, None, None))
    games = Counter[int]()
    for row in rows:
        games[row["game_id"]] += row["points"]
    favourite = min(games, key=lambda game: (-games[game], game), default=None)
    highest = (award(f, player, t["game_id"]) for t in mine(f, player) if t["game_id"] != EVENT)
    masteries = [at for kind, at in highest if kind == "mastered"]
    yield (
        len(rows),
        sum(row["points"] for row in rows),
        sum(row["points"] for row in unlocks_of(f, player, since, until) if row["hardcore"]),
        len(games),
        sum(since <= at < until for at in masteries),
        len(days),
        best[0],
        best[2],
        title(f, favourite) if favourite else None,
    )


@answers
def unlocks_per_console(f: Facts, player: int) -> Answer:
    console = {g["id"]: g["console_name"] for g in f.games}
    found: dict[str | None, list[Row]] = defaultdict(list)
    for row in firsts(f, player):
        found[console[row["game_id"]]].append(row)
    order = sorted(found.items(), key=lambda c: (-len(c[1]), min(r["game_id"] for r in c[1])))
    for name, rows in order:
        yield name, len(rows), sum(r["points"] for r in rows), len({r["game_id"] for r in rows})


@answers
def hours_of_play(f: Facts, player: int, zone: tzinfo) -> Answer:
    count = Counter(u["unlocked_at"].astimezone(zone).hour for u in unlocks_of(f, player))
    return sorted(((hour, count[hour]) for hour in range(24)), key=itemgetter(1, 0))


@answers
def unlocks_gone(f: Facts, player: int) -> Answer:
    lost = [u for u in f.unlocks if u["player_id"] == player and u["gone_at"]]
    lost.sort(key=lambda u: (-u["gone_at"].timestamp(), u["achievement_id"], u["hardcore"]))
    for u in lost:
        achievement = (u["title"], u["hardcore"], u["points"])
        yield u["gone_at"], u["unlocked_at"], u["game_id"], title(f, u["game_id"]), *achievement


@answers
def former_titles(f: Facts) -> Answer:
    for row in sorted(f.game_titles, key=itemgetter("game_id", "first_seen_at")):
        if row["title"] != (now := title(f, row["game_id"])):
            yield row["game_id"], row["title"], row["first_seen_at"], row["last_seen_at"], now
