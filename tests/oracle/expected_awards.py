"""Which rows of `awards` must be there, and which are gone."""

from datetime import datetime, timedelta

from .truth import Truth
from .values import Award

READ_WITHIN = timedelta(hours=50)
SETTLED_WITHIN = timedelta(days=6)  # two complete listings, or the game's own answer after a fall
ORDER = ("beaten-softcore", "beaten-hardcore", "completed", "mastered")


def award_differences(truth: Truth, stored: list[dict[str, object]]) -> list[str]:
    """Return how the rows of `awards` differ from what the site showed."""
    if not truth.reads_unlocks:
        return [f"{one} of a player whose awards are not read" for one in stored]
    found = {_award_of(one): one["gone_at"] is not None for one in stored}
    wrong = [f"{award} was never shown" for award in found if award not in truth.awards]
    for award, periods in truth.awards.items():
        times = [(max(p.since, truth.begun), p.until or truth.end) for p in periods]
        if award not in found and any(until - since >= READ_WITHIN for since, until in times):
            wrong.append(f"{award} is missing")
        gone = is_gone(truth, award)
        if award in found and gone is not None and gone != found[award]:
            wrong.append(f"{award} {'is not' if gone else 'is'} marked as gone")
    return sorted(wrong)


def is_gone(truth: Truth, award: Award) -> bool | None:
    """Return whether the site has taken the award back; None: it did so lately, or nothing shows it.

    A higher award hides a lower one, which then is unknown, not gone.
    """
    gone: bool | None = False
    for shown, at in _shown(truth, award.game):
        if shown == award:
            gone = False
        elif at >= truth.awards[award][0].since and _disproves(shown, award):
            is_settled = truth.end - at >= SETTLED_WITHIN
            proves = award.game in truth.followed or shown is not None
            gone = True if gone is True or (is_settled and proves) else None
    return gone


def _disproves(shown: Award | None, award: Award) -> bool:
    """Return whether an answer that names `shown` as the highest means that `award` is gone."""
    if shown is None or ORDER.index(shown.kind) < ORDER.index(award.kind):
        return True
    return shown.kind == award.kind and shown.date != award.date


def _shown(truth: Truth, game: int) -> list[tuple[Award | None, datetime]]:
    """Return the highest award of a game over time, oldest first; None: no award any more."""
    mine = [(a, p) for a, periods in truth.awards.items() if a.game == game for p in periods]
    found: list[tuple[Award | None, datetime]] = [(award, period.since) for award, period in mine]
    begins = {period.since for _, period in mine}
    found += [(None, p.until) for _, p in mine if p.until is not None and p.until not in begins]
    return sorted(found, key=lambda one: one[1])


def _award_of(stored: dict[str, object]) -> Award:
    return Award(stored["game_id"], stored["kind"], stored["awarded_at"])  # type: ignore[arg-type]
