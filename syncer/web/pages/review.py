"""/review/<year> and /review/<year>-<month>: what a player did in a year or a month; with .svg its card."""

from base64 import b64encode
from hashlib import sha256

from starlette.responses import RedirectResponse, Response

from syncer.core.review.card import STYLE, card
from syncer.core.review.facts import facts
from syncer.core.review.figures import by_month, quiet_hours
from syncer.core.review.model import NONE, Review, Tally
from syncer.core.review.notes import notes
from syncer.core.review.period import Period, month_of, parse_period
from syncer.web.app.error_handlers import error_response
from syncer.web.app.player_request import PlayerRequest, document, page

SVG = "image/svg+xml"
DIGEST = b64encode(sha256(STYLE.encode()).digest()).decode()
# The style of the card and nothing else: no script, no image, no font.
CARD_POLICY = f"default-src 'none'; style-src 'sha256-{DIGEST}'; base-uri 'none'; frame-ancestors 'none'"
MAX_REVISED, MAX_REACHED = 50, 100


def review(view: PlayerRequest) -> Response:
    period = period_of(view)
    if isinstance(period, Response):
        return period
    found, sentences = read(view, period)
    return view.page(
        "review.html",
        review=found,
        period=period,
        notes=sentences,
        facts=facts(found),
        months=months_of(view, found),
        quiet=quiet_hours(found.unlocked.hours) if found.unlocked else [],
        most_in_hour=max(found.unlocked.hours) if found.unlocked else 0,
        revised=found.revised[:MAX_REVISED],
        reached=found.sums.reached[:MAX_REACHED],
        previous=period.previous if first_period(view, found).first < period.first else None,
        following=period.following if period.following.first <= view.today else None,
    )


def review_card(view: PlayerRequest) -> Response:
    period = period_of(view)
    if isinstance(period, Response):
        return period
    found, sentences = read(view, period)
    text = card(found, view.player.username, sentences)
    return Response(text, media_type=SVG, headers={"Content-Security-Policy": CARD_POLICY})


def period_of(view: PlayerRequest) -> Period | Response:
    """Return the period of the address, or the answer that there is none."""
    try:
        return parse_period(view.request.path_params["period"], view.today)
    except ValueError as error:
        return error_response(view.request, 404, f"{error}.")


def read(view: PlayerRequest, period: Period) -> tuple[Review, list[str]]:
    """Return the review, and the sentences about what it does not know."""
    zone = view.context.zone
    found = view.queries.review.of(view.player.id, period, zone, view.now, view.context.gap_after)
    return found, notes(found, zone, view.now, reads_unlocks=view.reads_unlocks)


def first_period(view: PlayerRequest, found: Review) -> Period:
    """Return the first year, or month if the review is one of a month, of which something is known."""
    moments = (view.first_unlock, found.known.polled_since, view.now)
    first = min(moment for moment in moments if moment).astimezone(view.context.zone).date()
    return month_of(first) if found.period.month else Period(first.year)


def months_of(view: PlayerRequest, found: Review) -> list[tuple[Period, Tally, bool]]:
    """Return the months of a year that have begun: what was unlocked, and whether unlocks were read."""
    sums, until = by_month(found.sums.days), found.known.unlocks_until
    begun = [month for month in found.period.months if month.first <= view.today]
    return [
        (month, sums.get(month, NONE), bool(until and until > view.start_of_day(month.first)))
        for month in begun
    ]


def this_year(view: PlayerRequest) -> Response:
    """Lead to the review of the year that a page shows."""
    return RedirectResponse(view.to(f"/review/{view.today.year:04}"), 303)


# An image that is missing is no page: without players the card answers as other documents do.
routes = [
    page("/review", this_year),
    document("/review/{period}.svg", review_card),
    page("/review/{period}", review),
]
