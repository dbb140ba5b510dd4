"""Pages as of an earlier moment: `?at=WHEN`, as `syncer at WHEN` takes it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request

from syncer.core.clock import truncate_to_ms
from syncer.core.formats.timestamps import format_utc, parse_timestamp
from syncer.core.model.progress import EPOCH
from syncer.store.read.players import PlayerRef

from .context import Context
from .error_handlers import BadParameter


@dataclass(frozen=True, slots=True)
class Past:
    """A moment, and how certain it is what was then.

    `coverage`: how many games are known, between or in a gap, as `syncer at` says. `is_in_gap`: the account
    was not polled as promised then. `first_poll`: of the account; None: there was none. `others`: the other
    parameters of the address.
    """

    moment: datetime
    coverage: Mapping[str, int]
    is_in_gap: bool
    first_poll: datetime | None
    others: Mapping[str, str]

    @property
    def text(self) -> str:
        """The moment as a parameter of an address."""
        return format_utc(self.moment)

    @property
    def is_before_polls(self) -> bool:
        return self.first_poll is None or self.moment < self.first_poll


def past_of(request: Request, player: PlayerRef, context: Context, now: datetime) -> Past | None:
    """Return the moment in the address and how certain it is, by all that is known today; None: the present.

    Raises BadParameter for a moment that cannot be read.
    """
    when = request.query_params.get("at", "").strip()
    if not when:
        return None
    moment, queries, gap_after = _moment(when, context, now), context.queries, context.gap_after
    rows = queries.history.state_at(player.id, moment, now, gap_after)
    return Past(
        moment,
        Counter(row["coverage"] for row in rows),
        queries.account_polls.is_in_gap(player.id, moment, now, gap_after),
        queries.players.first_poll(player.id),
        {name: text for name, text in request.query_params.items() if name != "at"},
    )


def _moment(when: str, context: Context, now: datetime) -> datetime:
    try:
        # Limited, because computing with years such as 1 overflows.
        return max(EPOCH, truncate_to_ms(parse_timestamp(when, context.zone, now, end_of_day=True)))
    except ValueError as error:
        hint = " (write a + as %2B)" if " " in when else ""
        raise BadParameter(f"at: {error}{hint}") from None
