"""Who the player is: bound once by name, asked by ULID ever after."""

from datetime import datetime, timedelta

from syncer.core.clock import Clock
from syncer.core.errors import (
    BatchFailure,
    ConfigError,
    RequestRefused,
    SiteFailure,
    UnknownPlayer,
    UrlTooLong,
)
from syncer.core.events import Announce, Warned
from syncer.core.model.player import Player, Profile
from syncer.core.ports import Following, Source, Store

from .validation import FAR_AHEAD

PROFILE_EVERY = timedelta(days=1)


def stale(player: Player, now: datetime) -> bool:
    """Whether it is time to ask again who the player is."""
    checked = player.profile_checked_at
    return checked is None or not checked <= now < checked + PROFILE_EVERY


class Acquaintance:
    """With one configured player, during one run."""

    def __init__(
        self,
        who: Following,
        source: Source,
        store: Store,
        clock: Clock,
        announce: Announce,
        known: Player | None,
    ) -> None:
        self.who, self.source, self.store, self.clock, self.announce = who, source, store, clock, announce
        self.known = known

    @property
    def player(self) -> Player:
        assert self.known is not None
        return self.known

    def bind(self, run_id: int) -> None:
        """Raises ConfigError for a name that nobody has, or that another entry follows already."""
        try:
            profile = self.source.profile(self.who.ulid or self.who.username or "")
        except UnknownPlayer:
            raise ConfigError(
                f"RetroAchievements knows no player {self.who.label}",
                hint="Correct the name in [[players]], then try: syncer sync",
            ) from None
        except BatchFailure as failure:
            raise SiteFailure(failure.why, raw=failure.raw) from None
        if self.who.ulid and profile.ulid.lower() != self.who.ulid.lower():
            raise SiteFailure("the site answered with somebody else's profile")
        if self._clocks_disagree(profile):
            what = "our clock and the site's are more than a day apart"
            raise SiteFailure(what, hint="Set the machine's clock.")
        self.known = self.store.bind(run_id, self.who, profile, self.clock.now())

    def refuse_a_double(self) -> None:
        if self.known and self.who.is_doubled_by(self.known):
            raise ConfigError(f"two of the [[players]] are {self.known.username}; keep one of them")

    def renew(self) -> None:
        """Names change. A profile that is not answered, or not to be believed, can be asked tomorrow."""
        try:
            profile = self.source.profile(self.player.ulid)
            if self._is_believable(profile):
                self.store.profile_seen(self.player, profile, self.clock.now())
                self._warn_of_a_stranger(profile)
        except UnknownPlayer:
            self._gone()
        except (BatchFailure, SiteFailure, RequestRefused, UrlTooLong) as failure:
            if self.player.gone_at:  # then there is nothing else to ask
                raise SiteFailure(failure.why, raw=failure.raw) from None
            self._warn(f"the profile was not read: {failure.why}")

    def bear_witness(self) -> None:
        """Ask for the profile. Raises SiteFailure if that fails too: then no target is to blame."""
        try:
            self.source.profile(self.player.ulid)
        except UnknownPlayer:
            self._gone()
        except (BatchFailure, RequestRefused, UrlTooLong) as failure:
            raise SiteFailure(failure.why, raw=failure.raw) from None

    def _is_believable(self, profile: Profile) -> bool:
        if profile.ulid.lower() != self.player.ulid.lower():
            self._warn(f"the site answered with the profile of {profile.username}; not believed")
        elif self._clocks_disagree(profile):
            self._warn("our clock and the site's are more than a day apart; set the machine's clock")
        else:
            return True
        return False

    def _warn(self, what: str) -> None:
        self.announce(Warned(self.who.label, what))

    def _gone(self) -> None:
        self.store.profile_seen(self.player, None, self.clock.now())
        raise UnknownPlayer(f"{self.who.label} is no longer known to the site; what was stored is kept")

    def _warn_of_a_stranger(self, profile: Profile) -> None:
        """A released name may belong to somebody else by now (ra-api.md section 3)."""
        name = self.who.username
        if name is None or name.lower() == profile.username.lower():
            return
        try:
            now_answers = self.source.profile(name).ulid
        except UnknownPlayer:
            now_answers = ""
        if now_answers != profile.ulid:
            what = f'the name {name} is no longer theirs ({profile.username}); write ulid = "{profile.ulid}"'
            self._warn(what)

    def _clocks_disagree(self, profile: Profile) -> bool:
        return profile.date is not None and abs(profile.date - self.clock.now()) > FAR_AHEAD
