"""The other one of two players that a page compares."""

from syncer.store.read.players import PlayerRef

from .error_handlers import BadParameter
from .player_request import PlayerRequest


def other_player(view: PlayerRequest) -> PlayerRef | None:
    """Return the player in parameter `with`; None: it is absent, or names the same player."""
    name = view.parameters.text("with")
    found = [p for p in view.all_players if name.lower() in (p.username.lower(), p.ulid.lower())]
    found.sort(key=lambda p: p.username != name)  # names may differ by case only
    if name and not found:
        raise BadParameter(f"with: no player {name} is followed")
    return found[0] if found and found[0].id != view.player.id else None
