"""The sum check in words."""

from syncer.core.model.consistency import NO_POINTS, Points
from syncer.core.model.polling import SumReport


def describe_sums(report: SumReport) -> str:
    """Return how the sums of the games compare with the account's points."""
    if report.difference == NO_POINTS:
        return "equal to the account's"
    return f"{_describe(report.difference)} than the account's; {_next_step(report)}"


def _describe(difference: Points) -> str:
    parts = {"hardcore": difference.hardcore, "softcore": difference.softcore}
    return ", ".join(
        f"{abs(points):,} {mode} {'less' if points > 0 else 'more'}"
        for mode, points in parts.items()
        if points
    )


def _next_step(report: SumReport) -> str:
    if report.residual == report.difference:
        return "a search did not explain it" if report.searched_at else "so it was at the first comparison"
    return "the games are searched" if report.search else "a search follows if that lasts"
