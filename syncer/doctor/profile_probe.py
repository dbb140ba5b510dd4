"""One profile request for each player, as few as possible: an error that affects all is not repeated."""

from typing import TypeGuard

from syncer.config import PlayerEntry, Secret
from syncer.core.errors import ApiError, PlayerNotFound, StoreError, SyncerError, Unauthorized
from syncer.core.model.player import Profile
from syncer.core.ratelimit.budget import blocked_until

from .context import CheckContext

NO_ANSWER, KEY_REFUSED = "not checked: the site did not answer", "not checked: the key was refused"
MAX_REQUESTS = 10  # keys, and players; more would keep the user waiting


def first_of_each_key(context: CheckContext) -> list[PlayerEntry]:
    """Return the first player of each key."""
    first: dict[Secret, PlayerEntry] = {}
    for entry in context.app.config.players:
        first.setdefault(entry.key, entry)
    return list(first.values())[:MAX_REQUESTS]


def probe_profile(context: CheckContext, entry: PlayerEntry) -> Profile | SyncerError | str:
    """Return the player's profile, the error, or the reason why no request was sent."""
    if entry not in context.profiles:
        context.profiles[entry] = _reason_not_to_send(context, entry) or _request(context, entry)
    return context.profiles[entry]


def is_failure(answer: object) -> TypeGuard[SyncerError]:
    """Return whether the request failed; "no such player" is an answer."""
    return isinstance(answer, SyncerError) and not isinstance(answer, PlayerNotFound)


def _reason_not_to_send(context: CheckContext, entry: PlayerEntry) -> str:
    """Return why no request may be sent with this key now, or an empty text."""
    if context.offline:
        return "not checked (--offline)"
    if not context.may_send:
        return "not checked: no request can be reserved"
    failures = [(e.key, answer) for e, answer in context.profiles.items() if is_failure(answer)]
    # A refused key says nothing about other keys; any other failure is one of the site or the network.
    if any(not isinstance(error, Unauthorized) for _, error in failures):
        return NO_ANSWER
    if any(key == entry.key for key, _ in failures):
        return KEY_REFUSED
    budget = context.app.interactive_client(entry).source.limiter.read()
    # interactive: an outage may be over, which only a request can show; a Retry-After is obeyed.
    if blocked_until(budget, context.app.clock.now(), interactive=True):
        return "not checked: the site asked us to wait"
    return ""


def _request(context: CheckContext, entry: PlayerEntry) -> Profile | SyncerError:
    try:
        profile = context.app.interactive_client(entry).source.profile(entry.ulid or entry.username or "")
    except (ApiError, StoreError) as error:
        return error
    clock = context.app.clock
    if profile.date and clock.is_proven:
        context.clock_offsets.append(profile.date - clock.now() + clock.offset)
    return profile
