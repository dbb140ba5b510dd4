"""Who the player is: bound once by name, asked by ULID ever after."""

from datetime import datetime, timedelta

from syncer.core.clock import Clock
from syncer.core.errors import (
    BatchError,
    ConfigError,
    InvalidRequest,
    PlayerNotFound,
    SiteUnavailable,
    UrlTooLong,
)
from syncer.core.events import EventHandler, WarningRaised
from syncer.core.model.player import Player, Profile
from syncer.core.ports import PlayerStore, ProgressSource, TrackedPlayer

from .validation import MAX_UNPROVEN_OFFSET

PROFILE_REFRESH_INTERVAL = timedelta(days=1)


def profile_is_stale(player: Player, now: datetime) -> bool:
    """Whether it is time to ask again who the player is."""
    checked = player.profile_checked_at
    return checked is None or not checked <= now < checked + PROFILE_REFRESH_INTERVAL


class PlayerResolver:
    """With one configured player, during one run."""

    def __init__(
        self,
        who: TrackedPlayer,
        source: ProgressSource,
        players: PlayerStore,
        clock: Clock,
        announce: EventHandler,
        known: Player | None,
    ) -> None:
        self.tracked, self.source, self.players, self.clock, self.announce = (
            who,
            source,
            players,
            clock,
            announce,
        )
        self.known = known

    @property
    def player(self) -> Player:
        assert self.known is not None
        return self.known

    def bind(self, run_id: int) -> None:
        """Raises ConfigError for a name that nobody has, or that another entry follows already."""
        try:
            profile = self.source.profile(self.tracked.ulid or self.tracked.username or "")
        except PlayerNotFound:
            raise ConfigError(
                f"RetroAchievements knows no player {self.tracked.label}",
                hint="Correct the name in [[players]], then try: syncer sync",
            ) from None
        except BatchError as failure:
            raise SiteUnavailable(failure.message, raw=failure.raw) from None
        if self.tracked.ulid and profile.ulid.lower() != self.tracked.ulid.lower():
            raise SiteUnavailable("the site answered with somebody else's profile")
        if self._clocks_disagree(profile):
            what = "our clock and the site's are more than a day apart"
            raise SiteUnavailable(what, hint="Set the machine's clock.")
        self.known = self.players.bind(run_id, self.tracked, profile, self.clock.now())

    def reject_duplicate(self) -> None:
        if self.known and self.tracked.is_duplicate_of(self.known):
            raise ConfigError(f"two of the [[players]] are {self.known.username}; keep one of them")

    def refresh_profile(self) -> None:
        """Names change. A profile that is not answered, or not to be believed, can be asked tomorrow."""
        try:
            profile = self.source.profile(self.player.ulid)
            if self._is_acceptable(profile):
                self.players.save_profile(self.player, profile, self.clock.now())
                self._warn_if_name_reassigned(profile)
        except PlayerNotFound:
            self._gone()
        except (BatchError, SiteUnavailable, InvalidRequest, UrlTooLong) as failure:
            if self.player.gone_at:  # then there is nothing else to ask
                raise SiteUnavailable(failure.message, raw=failure.raw) from None
            self._warn(f"the profile was not read: {failure.message}")

    def probe_site(self) -> None:
        """Ask for the profile. Raises SiteUnavailable if that fails too: then no target is to blame."""
        try:
            self.source.profile(self.player.ulid)
        except PlayerNotFound:
            self._gone()
        except (BatchError, InvalidRequest, UrlTooLong) as failure:
            raise SiteUnavailable(failure.message, raw=failure.raw) from None

    def _is_acceptable(self, profile: Profile) -> bool:
        if profile.ulid.lower() != self.player.ulid.lower():
            self._warn(f"the site answered with the profile of {profile.username}; not believed")
        elif self._clocks_disagree(profile):
            self._warn("our clock and the site's are more than a day apart; set the machine's clock")
        else:
            return True
        return False

    def _warn(self, what: str) -> None:
        self.announce(WarningRaised(self.tracked.label, what))

    def _gone(self) -> None:
        self.players.save_profile(self.player, None, self.clock.now())
        raise PlayerNotFound(f"{self.tracked.label} is no longer known to the site; what was stored is kept")

    def _warn_if_name_reassigned(self, profile: Profile) -> None:
        """A released name may belong to somebody else by now (site-api.md section 3)."""
        name = self.tracked.username
        if name is None or not self.tracked.is_renamed(profile.username):
            return
        try:
            now_answers = self.source.profile(name).ulid
        except PlayerNotFound:
            now_answers = ""
        if now_answers != profile.ulid:
            what = f'the name {name} is no longer theirs ({profile.username}); write ulid = "{profile.ulid}"'
            self._warn(what)

    def _clocks_disagree(self, profile: Profile) -> bool:
        return profile.date is not None and abs(profile.date - self.clock.now()) > MAX_UNPROVEN_OFFSET
