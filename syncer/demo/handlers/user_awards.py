"""GetUserAwards (site-api.md 5.10)."""

from collections.abc import Callable
from datetime import datetime

from syncer.demo.models import BEATEN, MASTERY, Award
from syncer.demo.request import ApiRequest, parse_user
from syncer.demo.response import ApiReply, as_json
from syncer.demo.world import World

from .completion_progress import iso

HIDDEN = -1


def get_user_awards(world: World, request: ApiRequest, now: datetime) -> ApiReply:
    """Return the awards: hidden ones are counted, not listed; an unknown player has none."""
    account = world.resolve(parse_user(request))
    awards = [] if account is None else world.metrics.awards(account)
    visible = [award_entry(world, award) for award in awards if award.order != HIDDEN]
    # The only endpoint whose JSON leaves slashes as they are (site-api.md section 1).
    return as_json(200, {**counts(awards), "VisibleUserAwards": visible}, slashes=True)


def counts(awards: list[Award]) -> dict[str, int]:
    def count(wanted: Callable[[Award], bool]) -> int:
        return sum(map(wanted, awards))

    return {
        "TotalAwardsCount": len(awards),
        "HiddenAwardsCount": count(lambda a: a.order == HIDDEN),
        "MasteryAwardsCount": count(lambda a: a.type == MASTERY and a.hardcore),
        "CompletionAwardsCount": count(lambda a: a.type == MASTERY and not a.hardcore),
        "BeatenHardcoreAwardsCount": count(lambda a: a.type == BEATEN and a.hardcore),
        "BeatenSoftcoreAwardsCount": count(lambda a: a.type == BEATEN and not a.hardcore),
        "EventAwardsCount": count(lambda a: a.type == "Event"),
        "SiteAwardsCount": count(lambda a: a.type not in (MASTERY, BEATEN, "Event")),
    }


def award_entry(world: World, award: Award) -> dict[str, object]:
    # Only these two types hold a game id; the number of others may equal one (site-api.md 5.10).
    game = world.catalogue.games.get(award.data) if award.type in (MASTERY, BEATEN) else None
    return {
        "AwardedAt": iso(award.at),
        "AwardType": award.type,
        "AwardData": award.data,
        "AwardDataExtra": int(award.hardcore),
        "DisplayOrder": award.order,
        "Title": game and game.title,
        "ConsoleID": game and world.catalogue.console_of(game).id,
        "ConsoleName": game and game.console,
        "Flags": None,
        "ImageIcon": game and game.icon,
        "display_award_tier": None,
    }
