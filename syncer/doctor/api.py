"""Checks of the site: request budget, keys, players and clock."""

from collections.abc import Collection, Sequence

from syncer.config import PlayerEntry
from syncer.core.clock import CLOCK_TOLERANCE
from syncer.core.errors import ApiError, DatabaseCorrupt, PlayerNotFound, SyncerError, Unauthorized
from syncer.core.model.player import Player, Profile
from syncer.core.ratelimit.budget import blocked_until, circuit_open_until
from syncer.core.site_clock import MAX_CLOCK_OFFSET
from syncer.core.sync.clock_notice import SET_CLOCK, offset_text

from .context import CheckContext
from .profile_probe import KEY_REFUSED, MAX_REQUESTS, NO_ANSWER, first_of_each_key, is_failure, probe_profile
from .result import AGAIN, CheckResult, combine, fail, failed, ok, warn

CHECK_ADDRESS = (
    "An outage ends by itself. If this stays, see whether [api] base_url is right: syncer config show"
)


def request_budget(context: CheckContext) -> CheckResult:
    """Check what the budget has recorded of each key: a wait, an outage, a refusal."""
    error = context.budget_error
    # A damaged file is replaced by the next request; any other error stays until a person acts.
    if error and not isinstance(error, DatabaseCorrupt):
        return failed(error)
    if not context.may_send:
        return ok("no request can be reserved, so that none is sent")
    if error:
        return warn(
            error.message, "It holds only waiting times; the next request creates a new one: syncer sync"
        )
    found = [_recorded_wait(context, entry) for entry in first_of_each_key(context)]
    limit = f"at most {context.app.config.requests_per_minute:g} requests a minute"
    return combine([result for result in found if result], limit)


def _recorded_wait(context: CheckContext, entry: PlayerEntry) -> CheckResult | None:
    """Report a stored refusal or outage only with --offline; otherwise the live request shows it."""
    now, budget = context.app.clock.now(), context.app.interactive_client(entry).source.limiter.read()
    if context.offline and (until := circuit_open_until(budget, now)):
        refused = f"a key was refused at {budget.refused_at:%Y-%m-%d %H:%M} UTC"
        what = f"{refused}; the next attempt is at {until:%Y-%m-%d %H:%M} UTC"
        return warn(what, f"Correct the key of {entry.api_username}, {AGAIN}")
    if until := blocked_until(budget, now, interactive=not context.offline):
        why = "an outage" if budget.wait_reason == "outage" else "the site asked for it"
        return warn(f"no request before {until:%Y-%m-%d %H:%M} UTC: {why}", f"Wait until then, {AGAIN}")
    return None


def key(context: CheckContext) -> CheckResult:
    """Check each key with a request for the profile of one of its players."""
    entries = first_of_each_key(context)
    answers = {entry: probe_profile(context, entry) for entry in entries}
    failures = [
        _describe_failure(entry, answer, len(entries))
        for entry, answer in answers.items()
        if is_failure(answer)
    ]
    not_sent = [answer for answer in answers.values() if isinstance(answer, str)]
    is_accepted = len(not_sent) < len(entries)
    return combine(failures, "accepted by the site" if is_accepted else not_sent[0])


def _describe_failure(entry: PlayerEntry, error: SyncerError, keys: int) -> CheckResult:
    if isinstance(error, Unauthorized) and keys > 1:
        return fail(f"{error.message} of {entry.api_username}", error.hint, error.exit_code)
    return failed(error, CHECK_ADDRESS if error.hint == ApiError.hint else "")


def players(context: CheckContext) -> CheckResult:
    """Check whether each configured name exists and still belongs to the same player."""
    entries = context.app.config.players
    # Those that were never polled first: they are the likely ones to be mistyped.
    chosen = sorted(entries, key=lambda entry: entry in context.stored_players)[:MAX_REQUESTS]
    found = [result for entry in chosen if (result := _check_player(context, entry))]
    return combine(found, _known(context, chosen, len(entries)))


def _known(context: CheckContext, chosen: Sequence[PlayerEntry], players: int) -> str:
    """Return how many of these players the site knows, or why nothing is known of any."""
    answers = [probe_profile(context, entry) for entry in chosen]
    known = sum(isinstance(answer, Profile) for answer in answers)
    unknown = _reasons_unknown(answers)
    if not known and unknown:
        return unknown[0]
    return f"known to the site ({known} of {players} checked)" if known < players else "known to the site"


def _check_player(context: CheckContext, entry: PlayerEntry) -> CheckResult | None:
    stored, answer = context.stored_players.get(entry), probe_profile(context, entry)
    # Compared by ULID: a released name may belong to another player now (site-api.md section 3).
    is_same = stored and isinstance(answer, Profile) and answer.ulid == stored.ulid
    if stored and stored.gone_at and not is_same:
        hint = f"Remove {entry.label} from [[players]] (the history is kept), {AGAIN}"
        return warn(f"{stored.username} no longer exists on the site", hint)
    if isinstance(answer, PlayerNotFound):
        return _name_not_found(entry, stored, answer)
    if stored and isinstance(answer, Profile) and not is_same:
        return warn(f"the name {entry.label} now belongs to another player", _use_ulid(stored))
    return None


def _name_not_found(entry: PlayerEntry, stored: Player | None, error: PlayerNotFound) -> CheckResult:
    if stored:
        return warn(f"no player has the name {entry.label} any more", _use_ulid(stored))
    hint = f"Correct username in [[players]] (or in [api], if they have none), {AGAIN}"
    # 78, as for a wrong setting: a name that was never resolved is most likely mistyped.
    return fail(error.message, hint, 78)


def _use_ulid(player: Player) -> str:
    return f'In [[players]], replace username by: ulid = "{player.ulid}"'


def _reasons_unknown(answers: Collection[Profile | SyncerError | str]) -> list[str]:
    """Return why some players could not be checked."""
    failures = [a for a in answers if isinstance(a, ApiError) and not isinstance(a, PlayerNotFound)]
    not_sent = [a for a in answers if isinstance(a, str)]
    return not_sent + [KEY_REFUSED if isinstance(a, Unauthorized) else NO_ANSWER for a in failures]


def clock(context: CheckContext) -> CheckResult:
    """Compare the machine's clock with the dates of the site's answers."""
    if not context.clock_offsets:
        unknown = _reasons_unknown(context.profiles.values())
        return ok(unknown[0] if unknown else "not checked: the site's answer has no date")
    offset = max(context.clock_offsets, key=abs)
    if abs(offset) <= CLOCK_TOLERANCE:
        return ok(f"this machine's clock and the site's differ by {abs(offset).total_seconds():.0f} s")
    counts = "; the site's time is recorded" if abs(offset) > MAX_CLOCK_OFFSET else ""
    return warn(f"{offset_text(offset)}{counts}", SET_CLOCK)
