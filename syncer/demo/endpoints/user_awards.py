"""GetUserAwards (site-api.md 5.10)."""

from collections.abc import Callable
from datetime import datetime

from syncer.demo.models import BEATEN, MASTERY, Award
from syncer.demo.request import ApiRequest, user
from syncer.demo.response import ApiReply, as_json
from syncer.demo.world import World

from .completion_progress import iso

HIDDEN = -1


def get_user_awards(world: World, question: ApiRequest, now: datetime) -> ApiReply:
    """Hidden ones are counted and not listed. Nobody has none: no error."""
    account = world.resolve(user(question))
    awards = [] if account is None else world.awards(account)

    def count(wanted: Callable[[Award], bool]) -> int:
        return sum(map(wanted, awards))

    told = {
        "TotalAwardsCount": len(awards),
        "HiddenAwardsCount": count(lambda a: a.order == HIDDEN),
        "MasteryAwardsCount": count(lambda a: a.type == MASTERY and a.hardcore),
        "CompletionAwardsCount": count(lambda a: a.type == MASTERY and not a.hardcore),
        "BeatenHardcoreAwardsCount": count(lambda a: a.type == BEATEN and a.hardcore),
        "BeatenSoftcoreAwardsCount": count(lambda a: a.type == BEATEN and not a.hardcore),
        "EventAwardsCount": count(lambda a: a.type == "Event"),
        "SiteAwardsCount": count(lambda a: a.type not in (MASTERY, BEATEN, "Event")),
        "VisibleUserAwards": [entry(world, award) for award in awards if award.order != HIDDEN],
    }
    return as_json(200, told, slashes=True)


def entry(world: World, award: Award) -> dict[str, object]:
    game = world.games.get(award.data) if award.type in (MASTERY, BEATEN) else None
    return {
        "AwardedAt": iso(award.at),
        "AwardType": award.type,
        "AwardData": award.data,
        "AwardDataExtra": int(award.hardcore),
        "DisplayOrder": award.order,
        "Title": game and game.title,
        "ConsoleID": game and world.console_of(game).id,
        "ConsoleName": game and game.console,
        "Flags": None,
        "ImageIcon": game and game.icon,
        "display_award_tier": None,
    }
