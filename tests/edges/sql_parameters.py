"""With which values the tests run each ready query of docs/sql.md."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from tests.sql_doc import queries

from .sql_facts import five_months
from .sql_world import AWAY, EVERY, FORGOTTEN_AT, GAP_AFTER, NOW, START

HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
QUERIES = queries()
ZONES: dict[str, tuple[tzinfo, str, str]] = {  # Python's, SQLite's, PostgreSQL's
    "Berlin": (ZoneInfo("Europe/Berlin"), "localtime", "Europe/Berlin"),
    "an hour east": (timezone(timedelta(hours=1)), "+01:00", "Etc/GMT-1"),  # POSIX counts the other way round
    "India": (timezone(timedelta(hours=5, minutes=30)), "+05:30", "Asia/Kolkata"),
}
BERLIN = ZONES["Berlin"]
FACTS = five_months()
EVERYTHING = {"since": START - 365 * DAY, "until": NOW}
AFTER_ALL = {"since": NOW + 365 * DAY, "until": NOW + 730 * DAY}  # nothing is there
LATE = NOW - GAP_AFTER
EXPECTED = max(row["last_seen_at"] for row in FACTS.account_polls if row["player_id"] == 1) + EVERY


def from_one_to_another(moments: Iterable[datetime]) -> dict[str, datetime]:
    """A window whose ends are moments at which something is: the first counts, the second does not."""
    first, *_, last = sorted(moments)
    return {"since": first, "until": last}


UNLOCKS = sorted(u["unlocked_at"] for u in FACTS.unlocks if u["player_id"] == 1 and not u["gone_at"])
HARDCORE = [
    u["unlocked_at"] for u in FACTS.unlocks if u["player_id"] == 1 and u["hardcore"] and not u["gone_at"]
]
MASTERED = (1, "mastered", None)
AWARDS = [a["awarded_at"] for a in FACTS.awards if (a["player_id"], a["kind"], a["gone_at"]) == MASTERED]
STRETCHES = [s for s in FACTS.snapshots if (s["player_id"], s["game_id"]) == (1, 3)]
CHANGES = from_one_to_another(s["first_seen_at"] for s in STRETCHES if s["verdict"] == "changed")
GAPS = [
    (before["last_seen_at"], row["first_seen_at"]) for before, row in pairwise(STRETCHES) if row["after_gap"]
]
EDGES = [from_one_to_another(moments) for moments in (UNLOCKS[20:120], HARDCORE[5:-5], AWARDS)]
RUNS = [EVERYTHING, *({"since": START, "until": START + n * EVERY} for n in (3, 4, 5))]
MOMENTS = [START, START + 7 * DAY, AWAY[0][0] + DAY, NOW - timedelta(hours=1), NOW, NOW + DAY, START - DAY]
MOMENTS += [STRETCHES[4]["first_seen_at"], STRETCHES[4]["last_seen_at"], GAPS[0][0]]
# At, and a millisecond before, the beginning of a snapshot; in a gap.
TIMES = [*MOMENTS, *(STRETCHES[n]["first_seen_at"] - timedelta(milliseconds=1) for n in (1, 4)), GAPS[0][1]]
PARAMETERS: dict[str, list[dict[str, Any]]] = {
    "curve_of_game": [{"player": 1, "game": game} for game in (1, 6, 999)],
    "state_at": [
        {"player": player, "t": t, "late_before": late}
        for player in (1, 2)
        for t in MOMENTS
        for late in (LATE, EXPECTED)  # as late as was promised is not late
    ],
    "game_at": [
        {"player": player, "game": game, "t": t} for player in (1, 2) for game in (1, 3, 6) for t in TIMES
    ],
    "games_at": [{"player": player, "t": t} for player in (1, 2) for t in TIMES],
    "changed_this_week": [
        *({"player": 1, "since": START + n * WEEK, "until": START + (n + 1) * WEEK} for n in range(23)),
        {"player": 1, **CHANGES},
    ],
    "points_per_day_seen": [
        {"player": player, "zone": zone, **window}
        for player in (1, 2)
        for zone in ZONES.values()
        for window in (EVERYTHING, CHANGES)
    ],
    "sessions": [{"player": 1, **window} for window in (EVERYTHING, *EDGES)]
    + [{"player": 2, "since": START, "until": START + 90 * DAY}],
    "almost_finished": [
        {"player": player, "idle_since": since}
        for player in (1, 2)
        for since in (NOW - 60 * DAY, *UNLOCKS[:40])
    ],
    "gaps": [
        *(
            {"player": p, **EVERYTHING, "late_before": late}
            for p in (1, 2)
            for late in (LATE, NOW - 20 * DAY)
        ),
        {"player": 1, **EVERYTHING, "late_before": FORGOTTEN_AT + EVERY},  # as late as was promised
        {"player": 2, **EVERYTHING, "late_before": NOW + DAY},  # the account, too
        {"player": 1, "since": START + 50 * DAY, "until": START + 80 * DAY, "late_before": LATE},
        {"player": 1, "since": GAPS[0][1], "until": GAPS[1][0], "late_before": LATE},  # it touches both
    ],
    "uptime_per_week": [
        {"player": 1, "since": START - 10 * DAY, "until": NOW},
        {"player": 1, "since": AWAY[0][1] + HOUR, "until": NOW},  # later in the week of a gap
        {"player": 2, "since": AWAY[0][0] + DAY, "until": AWAY[0][0] + 2 * DAY},
        {"player": 1, "since": START, "until": NOW + 10 * DAY},
        {"player": 2, "since": datetime(2026, 2, 2, tzinfo=UTC), "until": datetime(2026, 2, 16, tzinfo=UTC)},
    ],
    "requests_per_day": [{"player": 1, **window} for window in RUNS],
    "requests_per_hour": [{"player": player, **window} for player in (1, 2) for window in RUNS],
    "compare_players": [{"player": 1, "other": 2}, {"player": 2, "other": 1}],
    "sessions_of_game": [{"player": player, "game": game} for player in (1, 2) for game in (1, 5, 999)],
    "former_titles": [{}],
}
ZONED = {"since": START - 20 * DAY, "until": NOW - 5 * DAY}


def parameters(name: str) -> list[dict[str, Any]]:
    """Every player, zone and time for the queries that are not named above."""
    wanted = QUERIES[name].parameters
    made: list[dict[str, Any]] = [{"player": player} for player in (1, 2, 3)]
    if "since" in wanted:
        made = [one | window for one in made for window in (ZONED, AFTER_ALL, *EDGES)]
    if "zone" in wanted:
        made = [one | {"zone": zone} for one in made for zone in ZONES.values()]
    return PARAMETERS.get(name, made)
