"""GetUserPoints (site-api.md 5.13)."""

from collections.abc import Sequence

from syncer.core.model.account import SUMS, Measure
from syncer.web.api.coverage_headers import UNKNOWN, least_certain
from syncer.web.api.site_request import Endpoint, PastAnswer, PastRequest


def user_points(asked: PastRequest) -> PastAnswer:
    values, levels = totals_at(asked, SUMS)
    hardcore, softcore = (values[measure] for measure in SUMS)
    return PastAnswer({"Points": hardcore, "SoftcorePoints": softcore}, least_certain(levels))


def totals_at(asked: PastRequest, measures: Sequence[Measure]) -> tuple[dict[Measure, int | None], list[str]]:
    """Return each total, and their coverage. None: not known by then, where a zero would be a lie."""
    state = asked.queries.account.state_at(
        asked.player.id, measures, asked.moment, asked.now, asked.gap_after
    )
    values = {measure: state[measure]["value"] if measure in state else None for measure in measures}
    return values, [state[measure]["coverage"] if measure in state else UNKNOWN for measure in measures]


ENDPOINT = Endpoint(user_points, unknown_status=404)
