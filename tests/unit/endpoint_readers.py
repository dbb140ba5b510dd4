"""Each endpoint of the API with an answer, and what each field of it may cost."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from syncer.api.endpoints import (
    game_unlocks,
    library,
    points,
    profile,
    progress,
    recently_played,
    titles,
    unlocks,
)

from .test_api_rows import CONSOLE, LISTED, PLAYED, RECENT, UNLOCK
from .test_endpoints import ENTRY

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ULID = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
ACHIEVEMENT = {"ID": 1013, "Title": "Brave Compass", "Points": 5, "DateEarned": "2026-03-01 11:00:00"}
GAME = {"Title": "Brass", "ConsoleID": 39, "ConsoleName": "Saturn", "ImageIcon": "/Images/1.png"}
TOTALS = {"TotalPoints": 5, "TotalSoftcorePoints": 6, "TotalTruePoints": 9}
PROFILE = {"User": "Max", "ULID": ULID, **TOTALS, "UserPic": "/U/1.png"}
AWARD = {"HighestAwardKind": "mastered", "HighestAwardDate": "2026-03-01T12:00:00+00:00"}
KIND = ("award_kind", "is_award_known")


@dataclass(frozen=True)
class Reader:
    """An endpoint, and an answer of it. `entry`: where in the answer the field is that changes.

    `costs`: by field, the attributes of the entry that it may cost. A field of `identities` may cost the
    entry, one of `whole` the answer. The other entries stay as they are.
    """

    call: Callable[[Any], Any]
    answer: Any
    entry: tuple[Any, ...] = ()
    costs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    identities: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()


GAME_COSTS = {
    "Title": ("title",),
    "ConsoleID": ("console_id",),
    "ConsoleName": ("console_name",),
    "ImageIcon": ("icon_path",),
}
EARNED = {"Title": ("title",), "Points": ("points",)}
OTHER_UNLOCK = {**UNLOCK, "AchievementID": 7, "GameID": 9}
ACHIEVEMENTS = {
    "7": {**ACHIEVEMENT, "ID": 7},
    "1013": {**ACHIEVEMENT, "DateEarnedHardcore": "2026-03-01 12:00:00"},
}
READERS: dict[str, Reader] = {
    "progress": Reader(
        lambda c: progress.get_user_progress(c, "Max", [1, 2]),
        {"1": {**ENTRY}, "2": {**ENTRY}},
        ("2",),
        identities=tuple(ENTRY),
    ),
    "page": Reader(
        lambda c: library.get_user_completion_progress(c, "Max"),
        {"Count": 1, "Total": 1, "Results": [PLAYED]},
        costs={"Count": (), "Total": ("total",)},
        whole=("Results",),
    ),
    "listing": Reader(
        lambda c: library.get_user_completion_progress(c, "Max"),
        {"Count": 2, "Total": 2, "Results": [{**PLAYED, "GameID": 7}, PLAYED]},
        ("Results", 1),
        {
            **GAME_COSTS,
            "MaxPossible": ("max_possible",),
            "NumAwarded": ("num_awarded",),
            "NumAwardedHardcore": ("num_awarded_hardcore",),
            "MostRecentAwardedDate": ("most_recent_awarded_at",),
            "HighestAwardKind": KIND,
            "HighestAwardDate": ("award_at",),
        },
        ("GameID",),
    ),
    "recent": Reader(
        lambda c: recently_played.get_user_recently_played_games(c, "Max"),
        [{**RECENT, "GameID": 7}, RECENT],
        (1,),
        {
            **dict.fromkeys(("Title", "ConsoleID", "ConsoleName", "ImageIcon"), ("info",)),
            "LastPlayed": ("last_played_at",),
            "AchievementsTotal": ("achievements_total",),
        },
        ("GameID", *ENTRY),
    ),
    "points": Reader(
        lambda c: points.get_user_points(c, "Max"),
        {"Points": 60, "SoftcorePoints": 35},
        whole=("Points", "SoftcorePoints"),
    ),
    "rank": Reader(
        lambda c: points.get_user_rank_and_score(c, "Max"),
        {"Score": 60, "SoftcoreScore": 35, "Rank": 4711, "TotalRanked": 84_000},
        costs={"Rank": ("rank", "is_rank_known"), "TotalRanked": ("total_ranked",)},
        whole=("Score", "SoftcoreScore"),
    ),
    "unlocks": Reader(
        lambda c: unlocks.get_achievements_earned_between(c, "Max", datetime(2026, 2, 1, tzinfo=UTC), NOON),
        [OTHER_UNLOCK, UNLOCK],
        (1,),
        {**EARNED, "GameTitle": ("games",), "ConsoleName": ("games",), "GameIcon": ("games",)},
        ("Date", "HardcoreMode", "AchievementID", "GameID"),
    ),
    "game": Reader(lambda c: titles.get_game(c, 14402), GAME, costs=GAME_COSTS),
    "games": Reader(
        lambda c: titles.get_game_list(c, 39),
        [{**LISTED, "ID": 7}, LISTED],
        (1,),
        {**GAME_COSTS, "NumAchievements": ("num_achievements",), "Points": ("points",)},
        ("ID",),
    ),
    "consoles": Reader(
        titles.get_console_ids,
        [{**CONSOLE, "ID": 7}, CONSOLE],
        (1,),
        {"Name": ("name",), "Active": ("active",), "IsGameSystem": ("is_game_system",)},
        ("ID",),
    ),
    "game unlocks": Reader(
        lambda c: game_unlocks.get_game_unlocks(c, "Max", 14402),
        {**GAME, **AWARD, "UserTotalPlaytime": 5400, "Achievements": ACHIEVEMENTS},
        costs={**GAME_COSTS, **dict.fromkeys(AWARD, ("award",)), "UserTotalPlaytime": ("playtime",)},
        whole=("Achievements",),
    ),
    "achievement": Reader(
        lambda c: game_unlocks.get_game_unlocks(c, "Max", 14402),
        {**GAME, "Achievements": ACHIEVEMENTS},
        ("Achievements", "1013"),
        EARNED,
        ("DateEarned", "DateEarnedHardcore", "ID"),
    ),
    "profile": Reader(
        lambda c: profile.get_user_profile(c, "Max"),
        PROFILE,
        costs={
            "User": ("username",),
            "TotalPoints": ("total_points",),
            "TotalSoftcorePoints": ("total_softcore_points",),
            "TotalTruePoints": ("retro_points",),
        },
        whole=("ULID",),
    ),
}
READERS["profile fields"] = Reader(
    lambda c: profile.get_user_profile_fields(c, "Max"), PROFILE, costs={name: (name,) for name in PROFILE}
)
