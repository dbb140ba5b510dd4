"""The site: key, players and clock; asks as little as it can, within the budget."""

from datetime import timedelta

from syncer.config import PlayerEntry
from syncer.core.errors import ApiError, UnknownPlayer
from syncer.core.model import Profile
from syncer.core.pace import breaker_open_until, must_wait_until

from .finding import Finding, Patient, fail, ok, warn

MOST_ASKED = 10  # players: the rest would keep a person waiting
A_LITTLE, TOO_MUCH = timedelta(minutes=2), timedelta(minutes=10)
NOT_ASKED = "not asked (--offline)"


def budget(patient: Patient) -> Finding:
    """What is remembered of each key: a wish to wait, a refusal."""
    now = patient.app.clock.now()
    for entry in patient.app.config.players:
        known = patient.app.asker(entry).site.gate.read()
        if until := breaker_open_until(known, now):
            hint = f"Correct the key of {entry.api_username}, then try: syncer sync"
            return warn(f"a key was refused at {known.refused_at:%H:%M} UTC; asked again {until:%H:%M}", hint)
        if until := must_wait_until(known, now):
            why = "an outage" if known.wait_reason == "outage" else "the site asked for it"
            return warn(f"no request before {until:%Y-%m-%d %H:%M} UTC: {why}", "Wait; it goes on by itself")
    config = patient.app.config
    return ok(f"{config.requests_per_minute:g} requests a minute at most")


def key(patient: Patient) -> Finding:
    """Each key is tried once, on its player's profile. Raises what the site says against it."""
    if patient.offline:
        return ok(NOT_ASKED)
    keys = {entry.key: entry for entry in patient.app.config.players}
    for entry in list(keys.values())[:MOST_ASKED]:
        answer = _profile(patient, entry)
        if isinstance(answer, Profile) and answer.date:
            patient.clocks_apart = (answer.date - patient.app.clock.now()).total_seconds()
        if isinstance(answer, ApiError) and not isinstance(answer, UnknownPlayer):
            raise answer
    return ok("accepted by the site")


def players(patient: Patient) -> Finding:
    """Whether each configured name is somebody, and still who it was."""
    if patient.offline:
        return ok(NOT_ASKED)
    entries = patient.app.config.players
    for entry in entries[:MOST_ASKED]:
        answer = _profile(patient, entry)
        if isinstance(answer, UnknownPlayer):
            return _unknown(patient, entry, answer)
        if isinstance(answer, ApiError):
            return ok("not known, for the site did not answer")
        bound = patient.app.recorder.find_player(entry.username, entry.ulid) if patient.is_readable else None
        if bound and bound.ulid != answer.ulid:
            hint = f'In [[players]] write ulid = "{bound.ulid}"'
            return warn(f"the name {entry.label} belongs to somebody else by now", hint)
    more = f" ({MOST_ASKED} of {len(entries)} asked)" if len(entries) > MOST_ASKED else ""
    return ok(f"known to the site{more}")


def _unknown(patient: Patient, entry: PlayerEntry, error: UnknownPlayer) -> Finding:
    bound = [p for p in patient.players if (p.config_name or "").lower() == (entry.username or "").lower()]
    if bound and entry.username:
        hint = f'In [[players]] write ulid = "{bound[0].ulid}"'
        return warn(f"nobody has the name {entry.label} any more", hint)
    return fail(error.why, "Correct the name in [[players]], then try: syncer doctor", 78)


def clock(patient: Patient) -> Finding:
    if patient.clocks_apart is None:
        return ok(NOT_ASKED if patient.offline else "the site's answer told no time")
    apart = timedelta(seconds=abs(patient.clocks_apart))
    said = f"our clock and the site's are {apart.total_seconds():.0f} s apart"
    if apart > TOO_MUCH:
        return fail(said, "Set the machine's clock (timedatectl set-ntp true)", 69)
    if apart > A_LITTLE:
        return warn(said, "Set the machine's clock (timedatectl set-ntp true)")
    return ok(said)


def _profile(patient: Patient, entry: PlayerEntry) -> Profile | ApiError:
    """Asked once, whatever number of checks look at it."""
    if entry not in patient.profiles:
        try:
            found: Profile | ApiError = patient.app.asker(entry).site.profile(
                entry.username or entry.ulid or ""
            )
        except ApiError as error:
            found = error
        patient.profiles[entry] = found
    return patient.profiles[entry]
