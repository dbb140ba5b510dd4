"""Read the account's rank and points, or its points alone, in a run that goes anyway."""

from dataclasses import replace

from syncer.core.account.totals import rank_poll
from syncer.core.errors import PlayerNotFound
from syncer.core.model.account import NO_POINTS, POINTS_ENDPOINT, RANK_ENDPOINT, RankAndScore
from syncer.core.model.mass_drop import AccountSums
from syncer.core.ports import PlayerStore, ProgressSource, TrackedPlayer
from syncer.core.store_retry import with_retries

from .player_resolver import PlayerResolver

RANK = "rank and points"  # what warnings and the backoff call it


class RankReader:
    """Reads rank and points of one player, during one run."""

    def __init__(
        self, tracked: TrackedPlayer, source: ProgressSource, players: PlayerStore, resolver: PlayerResolver
    ) -> None:
        self.tracked, self.source, self.players, self.resolver = tracked, source, players, resolver

    def read(self, run_id: int) -> AccountSums:
        """Read and store them; return the points. Raises ApiError."""
        player, clock = self.resolver.player, self.resolver.clock
        if self.tracked.rank:
            answer = self.source.rank_and_score(player.ulid)
            proof, endpoint = self._proof(answer), RANK_ENDPOINT
        else:
            answer = self._points()
            proof, endpoint = answer.sums, POINTS_ENDPOINT
        at = clock.now()
        poll = replace(rank_poll(self.tracked, run_id, at, endpoint), is_proven=clock.is_proven)
        with_retries(clock, lambda: self.players.save_rank(player, answer, proof, at, poll))
        return proof

    def _proof(self, answer: RankAndScore) -> AccountSums:
        """Return the points by an answer about a player: an unknown one has a rank's zeros, too."""
        if answer.sums != NO_POINTS:
            return answer.sums
        if self.resolver.profile and self.resolver.profile.sums:
            return self.resolver.profile.sums
        return self._points().sums

    def _points(self) -> RankAndScore:
        try:
            return self.source.rank_and_score(self.resolver.player.ulid, with_rank=False)
        except PlayerNotFound:
            self.resolver.mark_gone()
