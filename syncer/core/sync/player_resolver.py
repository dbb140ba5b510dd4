"""Resolve a player: bind a configured name to a ULID once, and request by ULID from then on."""

from dataclasses import replace
from datetime import datetime
from typing import NoReturn

from syncer.core.account.totals import RETRY_SUSPECT_AFTER, account_poll
from syncer.core.errors import (
    REQUEST_FAILURES,
    BatchError,
    ConfigError,
    InvalidRequest,
    PlayerNotFound,
    RequestTooLarge,
    SiteUnavailable,
)
from syncer.core.events import EventHandler, WarningRaised
from syncer.core.model.mass_drop import AccountSums
from syncer.core.model.player import Player, Profile
from syncer.core.model.schedule import Schedule
from syncer.core.periodic import DAILY, is_due
from syncer.core.ports import PlayerStore, ProgressSource, TrackedPlayer
from syncer.core.site_clock import SiteClock


def profile_is_stale(player: Player, schedule: Schedule, now: datetime) -> bool:
    """Return whether the profile is to be read again: once a day, or earlier where it was suspect."""
    due = player.profile_due_at
    # A time further ahead than that was stored with a wrong clock.
    if due is not None and not now < due <= now + RETRY_SUSPECT_AFTER:
        return True
    return is_due(player.profile_checked_at, DAILY, schedule, now)


class PlayerResolver:
    """Resolves one configured player, during one run. `known`: the player, once it is resolved.

    `profile`: what this run has received.
    """

    def __init__(
        self,
        tracked: TrackedPlayer,
        source: ProgressSource,
        players: PlayerStore,
        clock: SiteClock,
        announce: EventHandler,
        known: Player | None,
    ) -> None:
        self.tracked, self.source, self.players = tracked, source, players
        self.clock, self.announce = clock, announce
        self.known = known
        self.profile: Profile | None = None

    @property
    def player(self) -> Player:
        assert self.known is not None
        return self.known

    def bind(self, run_id: int) -> None:
        """Read the profile and store the player. Raises ConfigError for an unknown name or a duplicate."""
        try:
            # By ULID where it is known: a name may pass to another player (site-api.md section 3).
            profile = self.source.profile(self.tracked.ulid or self.tracked.username or "")
        except PlayerNotFound:
            raise ConfigError(
                f"RetroAchievements knows no player {self.tracked.label}",
                hint="Correct the name in [[players]], then try: syncer sync",
            ) from None
        except BatchError as failure:
            raise SiteUnavailable(failure.message, raw=failure.raw) from None
        # A binding stays for ever, so it must not rest on a wrong answer.
        # The site takes a ULID in either case (site-api.md section 3).
        if self.tracked.ulid and profile.ulid.lower() != self.tracked.ulid.lower():
            raise SiteUnavailable("the site returned the profile of another player")
        self.profile = _named(profile, self.tracked.username or profile.ulid)
        self.known = self.players.bind(run_id, self.tracked, self.profile, self.clock.now())

    def reject_duplicate(self) -> None:
        """Raise ConfigError if another entry of the configuration is this player."""
        if self.known and self.tracked.is_duplicate_of(self.known):
            raise ConfigError(f"two of the [[players]] are {self.known.username}; keep one of them")

    def refresh_profile(self, run_id: int) -> None:
        """Read the profile again, for its name may have changed; a failure waits for the next run."""
        try:
            profile = _named(self.source.profile(self.player.ulid), self.player.username)
            if self._is_acceptable(profile):
                self.profile = profile
                now = self.clock.now()
                poll = account_poll(self.tracked, run_id, now)
                poll = replace(poll, is_proven=self.clock.is_proven)
                self.players.save_profile(self.player, profile, now, poll)
                self._warn_if_name_reassigned(profile)
        except PlayerNotFound:
            self.mark_gone()
        except REQUEST_FAILURES as failure:
            if self.player.gone_at:  # without the profile there is nothing to poll
                raise SiteUnavailable(failure.message, raw=failure.raw) from None
            self._warn(f"the profile was not read: {failure.message}")

    def account_sums(self, run_id: int) -> AccountSums | None:
        """Return the account's points as received in this run; None: they were not readable."""
        if self.profile is None:
            self.refresh_profile(run_id)
        return self.profile.sums if self.profile else None

    def probe_site(self) -> None:
        """Read the profile as a witness. Raises SiteUnavailable if that fails: no target is at fault then."""
        try:
            self.source.profile(self.player.ulid)
        except PlayerNotFound:
            self.mark_gone()
        except (BatchError, InvalidRequest, RequestTooLarge) as failure:
            raise SiteUnavailable(failure.message, raw=failure.raw) from None

    def _is_acceptable(self, profile: Profile) -> bool:
        if profile.ulid.lower() != self.player.ulid.lower():
            self._warn(f"the site returned the profile of {profile.username}; it was rejected")
        else:
            return True
        return False

    def _warn(self, message: str) -> None:
        self.announce(WarningRaised(self.tracked.label, message))

    def mark_gone(self) -> NoReturn:
        """Store that the player is gone, and raise PlayerNotFound."""
        self.players.save_profile(self.player, None, self.clock.now())
        raise PlayerNotFound(f"{self.tracked.label} is no longer known to the site; what was stored is kept")

    def _warn_if_name_reassigned(self, profile: Profile) -> None:
        """Warn if the configured name is no longer this player's: another one may take it (site-api.md 3)."""
        # Polls use the ULID, so they stay right; but a new database would bind the name to another player.
        name = self.tracked.username
        if name is None or not self.tracked.is_renamed(profile.username):
            return
        try:
            found = self.source.profile(name).ulid
        except PlayerNotFound:
            found = ""
        if found != profile.ulid:
            advice = f'write ulid = "{profile.ulid}"'
            self._warn(f"the name {name} no longer belongs to this player ({profile.username}); {advice}")


def _named(profile: Profile, known: str) -> Profile:
    """Return the profile, with the name that is known where the answer had none that can be read."""
    return profile if profile.username else replace(profile, username=known)
