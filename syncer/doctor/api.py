"""The site: budget, key, players and clock."""

from datetime import timedelta

from syncer.config import PlayerEntry
from syncer.core.errors import ApiError, DatabaseCorrupt, PlayerNotFound, SyncerError, Unauthorized
from syncer.core.model.player import Player, Profile
from syncer.core.ratelimit.budget import blocked_until, circuit_open_until

from .context import CheckContext
from .profile_probe import MOST_ASKED, is_trouble, one_for_each_key, profile
from .result import AGAIN, CheckResult, combine, fail, failed, ok, warn

A_LITTLE, TOO_MUCH = timedelta(minutes=2), timedelta(minutes=10)
SET_CLOCK = "Set the machine's clock: timedatectl set-ntp true"
PERHAPS_THE_ADDRESS = (
    "An outage passes by itself; if it stays, see whether [api] base_url is right: syncer config show"
)


def budget(patient: CheckContext) -> CheckResult:
    """What is remembered of each key: a wish to wait, a refusal."""
    fault = patient.budget_fault
    if fault and not isinstance(fault, DatabaseCorrupt):
        return failed(fault)
    if not patient.may_book:
        return ok("no request can be booked, so none is sent")
    if fault:
        return warn(
            fault.message, "It holds waits, no history; the next request begins a new one: syncer sync"
        )
    told = [_standing(patient, entry) for entry in one_for_each_key(patient)]
    well = f"{patient.app.config.requests_per_minute:g} requests a minute at most"
    return combine([finding for finding in told if finding], well)


def _standing(patient: CheckContext, entry: PlayerEntry) -> CheckResult | None:
    """A refusal and an outage are told where nobody is asked: else the answer says whether they last."""
    now, known = patient.app.clock.now(), patient.app.interactive_client(entry).source.limiter.read()
    if patient.offline and (until := circuit_open_until(known, now)):
        said = f"a key was refused at {known.refused_at:%H:%M} UTC; asked again {until:%H:%M}"
        return warn(said, f"Correct the key of {entry.api_username}, {AGAIN}")
    if until := blocked_until(known, now, interactive=not patient.offline):
        why = "an outage" if known.wait_reason == "outage" else "the site asked for it"
        return warn(f"no request before {until:%Y-%m-%d %H:%M} UTC: {why}", f"Wait until then, {AGAIN}")
    return None


def key(patient: CheckContext) -> CheckResult:
    """Each key is tried once, on the profile of one of its players."""
    entries = one_for_each_key(patient)
    answers = {entry: profile(patient, entry) for entry in entries}
    told = [_refusal(entry, answer, len(entries)) for entry, answer in answers.items() if is_trouble(answer)]
    silences = [answer for answer in answers.values() if isinstance(answer, str)]
    accepted = len(silences) < len(entries)
    return combine(told, "accepted by the site" if accepted else silences[0])


def _refusal(entry: PlayerEntry, answer: SyncerError, keys: int) -> CheckResult:
    if isinstance(answer, Unauthorized) and keys > 1:
        return fail(f"{answer.message} of {entry.api_username}", answer.hint, answer.exit_code)
    return failed(answer, PERHAPS_THE_ADDRESS if answer.hint == ApiError.hint else "")


def players(patient: CheckContext) -> CheckResult:
    """Whether each configured name is somebody, and still who it was."""
    entries = patient.app.config.players
    asked = entries[:MOST_ASKED]
    told = [finding for entry in asked if (finding := _about(patient, entry))]
    silences = _silences(patient)
    more = f" ({MOST_ASKED} of {len(entries)} asked)" if len(entries) > MOST_ASKED else ""
    return combine(told, silences[0] if silences else f"known to the site{more}")


def _about(patient: CheckContext, entry: PlayerEntry) -> CheckResult | None:
    bound, answer = patient.bound.get(entry), profile(patient, entry)
    is_same = bound and isinstance(answer, Profile) and answer.ulid == bound.ulid
    if bound and bound.gone_at and not is_same:
        hint = f"Take {entry.label} out of [[players]] (the history stays), {AGAIN}"
        return warn(f"{bound.username} is gone from the site", hint)
    if isinstance(answer, PlayerNotFound):
        return _unknown(entry, bound, answer)
    if bound and isinstance(answer, Profile) and not is_same:
        return warn(f"the name {entry.label} belongs to somebody else by now", _by_ulid(bound))
    return None


def _unknown(entry: PlayerEntry, bound: Player | None, error: PlayerNotFound) -> CheckResult:
    if bound:
        return warn(f"nobody has the name {entry.label} any more", _by_ulid(bound))
    hint = f"Correct username in [[players]] (or in [api], where they have none), {AGAIN}"
    return fail(error.message, hint, 78)


def _by_ulid(player: Player) -> str:
    return f'In [[players]], in place of the username, write: ulid = "{player.ulid}"'


def _silences(patient: CheckContext) -> list[str]:
    """Why some were not asked, or did not get to hear who they are."""
    answers = patient.profiles.values()
    failures = [a for a in answers if isinstance(a, ApiError) and not isinstance(a, PlayerNotFound)]
    return [a for a in answers if isinstance(a, str)] + ["not known: the site did not answer"] * len(failures)


def clock(patient: CheckContext) -> CheckResult:
    if not patient.clocks_apart:
        silences = _silences(patient)
        return ok(silences[0] if silences else "the site's answer told no time")
    apart = max(map(abs, patient.clocks_apart))
    said = f"our clock and the site's are {apart.total_seconds():.0f} s apart"
    if apart > TOO_MUCH:
        return fail(said, SET_CLOCK, 69)
    return warn(said, SET_CLOCK) if apart > A_LITTLE else ok(said)
