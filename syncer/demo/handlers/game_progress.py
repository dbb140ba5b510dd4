"""GetGameInfoAndUserProgress (site-api.md 5.11): one game with the unlocks of a player and their times."""

from datetime import datetime

from syncer.core.formats import ra_json
from syncer.demo.models import Account, Achievement, Game, Unlock
from syncer.demo.request import ApiRequest, cast_integer, parse_user
from syncer.demo.response import ApiReply, as_json
from syncer.demo.world import World

from .completion_progress import KINDS, highest, iso


def get_game_info_and_user_progress(world: World, request: ApiRequest, now: datetime) -> ApiReply:
    """Return the game, or `[]` for an unknown game and for an unknown player alike. `a=1` adds the award."""
    account = world.resolve(parse_user(request))
    game = world.catalogue.games.get(cast_integer(request, "g"))
    # Three cases that a client cannot distinguish (site-api.md section 4).
    if account is None or game is None or game.deleted:
        return as_json(200, [])
    award = award_entry(world, account, game) if cast_integer(request, "a") == 1 else {}
    return as_json(200, game_entry(world, account, game) | award)


def game_entry(world: World, account: Account, game: Game) -> dict[str, object]:
    unlocks = world.unlock_table.earned(account.ulid, game.id)
    promoted = game.promoted()
    earned = [unlocks[a.id] for a in promoted if a.id in unlocks]
    return {
        "ID": game.id,
        "Title": game.title,
        "ConsoleID": world.catalogue.console_of(game).id,
        "ConsoleName": game.console,
        "ImageIcon": game.icon,
        "NumAchievements": len(promoted),
        "NumAwardedToUser": len(earned),
        "NumAwardedToUserHardcore": sum(unlock.hardcore_at is not None for unlock in earned),
        "UserTotalPlaytime": int(world.play_table.playtime(account, game.id).total_seconds()),
        # A map even where it is empty: to_json() writes `[]` only for an empty body (site-api.md section 1).
        "Achievements": {str(a.id): achievement_entry(a, unlocks.get(a.id)) for a in promoted},
    }


def award_entry(world: World, account: Account, game: Game) -> dict[str, object]:
    award = highest(world.metrics.awards(account)).get(game.id)
    return {
        "HighestAwardKind": KINDS[award.type, award.hardcore] if award else None,
        "HighestAwardDate": iso(award.at) if award else None,
    }


def achievement_entry(achievement: Achievement, unlock: Unlock | None) -> dict[str, object]:
    entry: dict[str, object] = {
        "ID": achievement.id,
        "Title": achievement.title,
        "Description": f"Earn {achievement.title}.",
        "Points": achievement.points,
        "TrueRatio": achievement.points * 2,
        "BadgeName": achievement.badge,
        "Type": achievement.type,
    }
    if unlock:
        entry["DateEarned"] = ra_json.without_zone(unlock.at)
    # Only this endpoint has both times; GetAchievementsEarnedBetween has one (site-api.md 5.8, 5.11).
    if unlock and unlock.hardcore_at:
        entry["DateEarnedHardcore"] = ra_json.without_zone(unlock.hardcore_at)
    return entry
