"""GetAchievementsEarnedBetween, GetUserRecentAchievements (site-api.md 5.8, 5.9): at most 500 rows."""

from datetime import UTC, datetime, timedelta
from itertools import accumulate

from syncer.demo.models import Account, Achievement, Game, Unlock
from syncer.demo.request import ApiRequest, cast_integer, parse_integer, parse_user
from syncer.demo.response import ApiReply, as_json
from syncer.demo.world import World

MAX_ROWS = 500  # the rest, which is the newest, is cut silently
AUTHOR, AUTHOR_ULID = "DemoSmith", "01DEM0SM1TH0000000000000AA"


def get_achievements_earned_between(world: World, request: ApiRequest, now: datetime) -> ApiReply:
    user = parse_user(request)
    # The site does not validate these two: 0 where they are missing (site-api.md 5.8).
    start, end = cast_integer(request, "f"), cast_integer(request, "t")
    account = world.resolve(user)
    return as_json(200, [] if account is None else unlocks_between(world, account, start, end))


def get_user_recent_achievements(world: World, request: ApiRequest, now: datetime) -> ApiReply:
    """Return the rows cut while the oldest are first, then reversed: a wide window loses the newest."""
    user = parse_user(request)
    minutes = parse_integer(request, "m", 60, minimum=0)
    account = world.resolve(user)
    if account is None:
        return as_json(200, [])
    start, end = int(now.timestamp()) - 60 * minutes, int((now + timedelta(minutes=1)).timestamp())
    rows = unlocks_between(world, account, start, end)
    return as_json(200, [without_cumulative_score(row) for row in reversed(rows)])


def unlocks_between(world: World, account: Account, start: int, end: int) -> list[dict[str, object]]:
    """Return a row for each promoted achievement, at its hardcore moment if any; both ends included."""
    found = [
        (shown, unlock.hardcore_at is None, achievement.id, game, achievement, unlock)
        for game, achievement, unlock in world.unlock_table.of(account)
        if achievement.promoted and start <= (shown := int(unlock.shown_at.timestamp())) <= end
    ]
    # Of two unlocks at the same second the hardcore one comes first, then the lower id.
    # The key leaves out the objects, which have no order.
    first = sorted(found, key=lambda one: one[:3])[:MAX_ROWS]
    sums = accumulate(achievement.points for *_, achievement, _ in first)
    return [unlock_entry(*one[3:], total) for one, total in zip(first, sums, strict=True)]


def unlock_entry(game: Game, achievement: Achievement, unlock: Unlock, total: int) -> dict[str, object]:
    return {
        "Date": f"{unlock.shown_at.astimezone(UTC):%Y-%m-%d %H:%M:%S}",
        "HardcoreMode": int(unlock.hardcore_at is not None),
        "AchievementID": achievement.id,
        "Title": achievement.title,
        "Description": f"Earn {achievement.title} in {game.title}.",
        "BadgeName": achievement.badge,
        "Points": achievement.points,
        "TrueRatio": achievement.points * 2,
        "Type": achievement.type,
        "Author": AUTHOR,
        "AuthorULID": AUTHOR_ULID,
        "GameTitle": game.title,
        "GameIcon": game.icon,
        "GameID": game.id,
        "ConsoleName": game.console,
        "CumulScore": total,
        "BadgeURL": f"/Badge/{achievement.badge}.png",
        "GameURL": f"/game/{game.id}",
    }


def without_cumulative_score(row: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in row.items() if name != "CumulScore"}
