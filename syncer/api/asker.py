"""Questions as a person puts them: any number of ids, and an answer that is whole or an error."""

from collections.abc import Sequence
from dataclasses import dataclass

from syncer.core.clock import Clock
from syncer.core.errors import BatchFailure, EmptyAnswer, UrlTooLong
from syncer.core.model import Answer, GameId, Progress, Unreadable
from syncer.core.pace import batch_limit
from syncer.core.plan import batches

from .endpoints import Site


@dataclass(frozen=True)
class Asker:
    """Asks a site, long lists in batches: at most `batch_size` ids and `id_bytes` of text in each."""

    site: Site
    clock: Clock
    batch_size: int
    id_bytes: int

    def progress(self, user: str, game_ids: Sequence[GameId]) -> dict[GameId, Progress]:
        """Progress in the order asked; games that the answer leaves out are left out.

        Raises UnknownPlayer, BatchFailure where a game cannot be read, ValueError for an id that is no
        positive number, any other ApiError.
        """
        if any(type(game_id) is not int or game_id < 1 for game_id in game_ids):
            raise ValueError("game ids are positive whole numbers")
        self.site.gate.renew_patience()
        waiting = list(dict.fromkeys(game_ids))
        found: dict[GameId, Progress] = {}
        while waiting:
            batch = self._next_batch(waiting)
            try:
                found |= _readable(self._ask(user, batch))
            except UrlTooLong:
                if len(batch) == 1:
                    raise
                continue  # the gate remembers that half as many is enough
            del waiting[: len(batch)]
        return {game_id: found[game_id] for game_id in game_ids if game_id in found}

    def _next_batch(self, waiting: Sequence[GameId]) -> Sequence[GameId]:
        limit = batch_limit(self.site.gate.read(), self.clock.now(), self.batch_size)
        return batches(waiting[:limit], limit, self.id_bytes)[0]

    def _ask(self, user: str, batch: Sequence[GameId]) -> Answer:
        try:
            return self.site.progress(user, batch)
        except EmptyAnswer:
            self.site.profile(user)  # raises UnknownPlayer where that is the reason
            raise


def _readable(answer: Answer) -> dict[GameId, Progress]:
    bad = [game_id for game_id, seen in answer.games.items() if isinstance(seen, Unreadable)]
    if bad:
        raise BatchFailure(f"unreadable: {', '.join(map(str, bad))}")
    return {game_id: seen for game_id, seen in answer.games.items() if isinstance(seen, Progress)}
