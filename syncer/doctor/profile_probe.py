"""Asking the site for profiles: each once, within the budget, and no more where one answer says it all."""

from typing import TypeGuard

from syncer.config import PlayerEntry, Secret
from syncer.core.errors import ApiError, PlayerNotFound, StoreError, SyncerError, Unauthorized
from syncer.core.model.player import Profile
from syncer.core.ratelimit.budget import blocked_until

from .context import CheckContext

MOST_ASKED = 10  # keys, and players: the rest would keep a person waiting
OFFLINE = "not asked (--offline)"


def one_for_each_key(patient: CheckContext) -> list[PlayerEntry]:
    """The first player of each key."""
    firsts: dict[Secret, PlayerEntry] = {}
    for entry in patient.app.config.players:
        firsts.setdefault(entry.key, entry)
    return list(firsts.values())[:MOST_ASKED]


def profile(patient: CheckContext, entry: PlayerEntry) -> Profile | SyncerError | str:
    """What the site says of the player, or why it was not asked."""
    if entry not in patient.profiles:
        patient.profiles[entry] = _silence(patient, entry) or _asked(patient, entry)
    return patient.profiles[entry]


def is_trouble(answer: object) -> TypeGuard[SyncerError]:
    """Whether the site gave no answer to this question; "nobody" is one."""
    return isinstance(answer, SyncerError) and not isinstance(answer, PlayerNotFound)


def _silence(patient: CheckContext, entry: PlayerEntry) -> str:
    """Why nothing is to be asked with this key now; empty: it may be."""
    if patient.offline:
        return OFFLINE
    if not patient.may_book:
        return "not asked: no request can be booked"
    troubles = [(e.key, answer) for e, answer in patient.profiles.items() if is_trouble(answer)]
    if any(key == entry.key or not isinstance(trouble, Unauthorized) for key, trouble in troubles):
        return "not asked: the site did not answer"
    if blocked_until(
        patient.app.interactive_client(entry).source.limiter.read(), patient.app.clock.now(), interactive=True
    ):
        return "not asked: there is a wish to wait"
    return ""


def _asked(patient: CheckContext, entry: PlayerEntry) -> Profile | SyncerError:
    try:
        found = patient.app.interactive_client(entry).source.profile(entry.ulid or entry.username or "")
    except (ApiError, StoreError) as error:
        return error
    if found.date:
        patient.clocks_apart.append(found.date - patient.app.clock.now())
    return found
