"""GetGameInfoAndUserProgress (site-api.md 5.11): one game with what a player has unlocked in it, and when."""

from datetime import UTC, datetime

from syncer.demo.models import Account, Achievement, Game, Unlock
from syncer.demo.request import ApiRequest, loose, user
from syncer.demo.response import ApiReply, as_json
from syncer.demo.world import World


def get_game_info_and_user_progress(world: World, question: ApiRequest, now: datetime) -> ApiReply:
    """`[]` for an unknown game and for an unknown player alike."""
    account, game = world.resolve(user(question)), world.games.get(loose(question, "g"))
    if account is None or game is None or game.deleted:
        return as_json(200, [])
    return as_json(200, told(world, account, game))


def told(world: World, account: Account, game: Game) -> dict[str, object]:
    mine = {one.id: unlock for owner, one, unlock in world.unlocks(account) if owner is game}
    promoted = game.promoted()
    earned = [mine[one.id] for one in promoted if one.id in mine]
    return {
        "ID": game.id,
        "Title": game.title,
        "ConsoleID": world.console_of(game).id,
        "ConsoleName": game.console,
        "ImageIcon": game.icon,
        "NumAchievements": len(promoted),
        "NumAwardedToUser": len(earned),
        "NumAwardedToUserHardcore": sum(unlock.hardcore_at is not None for unlock in earned),
        "UserTotalPlaytime": 0,
        "Achievements": {str(one.id): described(one, mine.get(one.id)) for one in promoted},
    }


def described(achievement: Achievement, unlock: Unlock | None) -> dict[str, object]:
    found: dict[str, object] = {
        "ID": achievement.id,
        "Title": achievement.title,
        "Description": f"Earn {achievement.title}.",
        "Points": achievement.points,
        "TrueRatio": achievement.points * 2,
        "BadgeName": achievement.badge,
        "Type": achievement.type,
    }
    if unlock:
        found["DateEarned"] = at(unlock.at)
    if unlock and unlock.hardcore_at:
        found["DateEarnedHardcore"] = at(unlock.hardcore_at)
    return found


def at(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
