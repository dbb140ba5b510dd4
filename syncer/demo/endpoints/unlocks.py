"""GetAchievementsEarnedBetween, GetUserRecentAchievements (site-api.md 5.8, 5.9): at most 500 rows."""

from datetime import UTC, datetime, timedelta
from itertools import accumulate

from syncer.demo.models import Account, Achievement, Game, Unlock
from syncer.demo.request import ApiRequest, loose, user, whole
from syncer.demo.response import ApiReply, as_json
from syncer.demo.world import World

MOST = 500  # the rest is silently cut, the newest first
AUTHOR, AUTHORS_ULID = "DemoSmith", "01DEM0SM1TH0000000000000AA"


def get_achievements_earned_between(world: World, question: ApiRequest, now: datetime) -> ApiReply:
    name = user(question)
    start, end = loose(question, "f"), loose(question, "t")
    account = world.resolve(name)
    return as_json(200, [] if account is None else between(world, account, start, end))


def get_user_recent_achievements(world: World, question: ApiRequest, now: datetime) -> ApiReply:
    """Cut while the oldest are first, then reversed: a wide window loses what is newest."""
    name = user(question)
    minutes = whole(question, "m", 60, least=0)
    account = world.resolve(name)
    if account is None:
        return as_json(200, [])
    start, end = int(now.timestamp()) - 60 * minutes, int((now + timedelta(minutes=1)).timestamp())
    rows = between(world, account, start, end)
    return as_json(200, [without_sum(row) for row in reversed(rows)])


def between(world: World, account: Account, start: int, end: int) -> list[dict[str, object]]:
    """One row for each promoted achievement, at its hardcore moment if there is one; with both ends."""
    found = [
        (shown, unlock.hardcore_at is None, achievement.id, game, achievement, unlock)
        for game, achievement, unlock in world.unlocks(account)
        if achievement.promoted and start <= (shown := int(unlock.shown_at.timestamp())) <= end
    ]
    first = sorted(found, key=lambda one: one[:3])[:MOST]
    sums = accumulate(achievement.points for *_, achievement, _ in first)
    return [earned(*one[3:], so_far) for one, so_far in zip(first, sums, strict=True)]


def earned(game: Game, achievement: Achievement, unlock: Unlock, so_far: int) -> dict[str, object]:
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
        "AuthorULID": AUTHORS_ULID,
        "GameTitle": game.title,
        "GameIcon": game.icon,
        "GameID": game.id,
        "ConsoleName": game.console,
        "CumulScore": so_far,
        "BadgeURL": f"/Badge/{achievement.badge}.png",
        "GameURL": f"/game/{game.id}",
    }


def without_sum(row: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in row.items() if name != "CumulScore"}
