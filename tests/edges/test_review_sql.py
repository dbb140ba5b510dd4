"""Each number of a review is what its query in docs/review.md answers, on both databases, over two years."""

import math
from collections.abc import Callable, Iterator
from datetime import date, timedelta, tzinfo
from typing import Any

import pytest

from syncer.core.milestones.streaks import longest_streak
from syncer.core.model.library import AwardKind
from syncer.core.review.figures import best_of, by_week
from syncer.core.review.model import Review, Tally, Unlocked
from syncer.core.review.period import Period
from syncer.store.db.engine import Database
from syncer.store.read.queries import Queries
from tests.postgres import Server
from tests.sql_doc import DIALECTS, REVIEW_DOC, queries

from .review_years import END, GAP_AFTER, UNREAD_SINCE, create_review_years
from .sql_parameters import ZONES
from .test_sql_docs import asked

QUERIES = queries(REVIEW_DOC)
PERIODS = [Period(2024), Period(2025), *Period(2024).months, *Period(2025).months]
NOW = END - timedelta(hours=12)  # the last period goes on
Answer = list[tuple[Any, ...]]


@pytest.fixture(scope="module")
def years(postgres_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Database]]:
    file = tmp_path_factory.mktemp("review") / "syncer.db"
    urls = {"sqlite": f"sqlite:///{file}", "postgresql": postgres_server.create_database()}
    made = {dialect: create_review_years(url) for dialect, url in urls.items()}
    yield made
    for database in made.values():
        database.close()


def of_day(days: dict[date, Tally]) -> Answer:
    best = best_of(days)
    return [] if best is None else [(best.isoformat(), days[best].achievements, days[best].points)]


def of_streak(review: Review) -> Answer:
    length, last = longest_streak(review.sums.days)
    return [(length, last.isoformat())] if last else []


def of_modes(unlocked: Unlocked) -> Answer:
    modes = (unlocked.modes.hardcore, unlocked.modes.softcore, unlocked.modes.upgraded)
    return [tuple(number for tally in modes for number in (tally.achievements, tally.points))]


def of_hours(unlocked: Unlocked) -> Answer:
    return [(hour, count) for hour, count in enumerate(unlocked.hours) if count]


def of_played(review: Review) -> Answer:
    played = review.played
    hour = timedelta(hours=1)
    return [(played.least / hour, played.most / hour)] if played else [(0, None)]


def of_unlocked(review: Review, unlocked: Unlocked) -> Answer:
    total = review.sums.total
    return [(total.achievements, total.points, unlocked.game_count, len(review.sums.days))]


OF_UNLOCKS: dict[str, Callable[[Review, Unlocked], Answer]] = {
    "review_unlocked": of_unlocked,
    "review_modes": lambda _, unlocked: of_modes(unlocked),
    "review_best_day": lambda review, _: of_day(dict(review.sums.days)),
    "review_best_week": lambda review, _: of_day(by_week(review.sums.days)),
    "review_streak": lambda review, _: of_streak(review),
    "review_hours": lambda _, unlocked: of_hours(unlocked),
    "review_consoles": lambda _, unlocked: [
        (one.name, one.unlocked.achievements, one.unlocked.points, one.games) for one in unlocked.consoles
    ],
    "review_games": lambda _, unlocked: [
        (one.game_id, one.title, one.unlocked.achievements, one.unlocked.points) for one in unlocked.games
    ],
}
OF_ALL: dict[str, Callable[[Review], Answer]] = {
    "review_reached": lambda review: [tuple(review.sums.count(kind) for kind in AwardKind)],
    "review_played": of_played,
    "review_revised": lambda review: [
        (
            s.game_id,
            s.title,
            s.revisions,
            s.before,
            s.after,
            f"{s.last_at:%Y-%m-%d %H:%M:%S.%f}"[:23],
            s.was_full,
        )
        for s in review.revised
    ],
    "review_gaps": lambda review: [
        (review.known.gaps.count, round(review.known.gaps.length / timedelta(seconds=1)))
    ],
}


def test_every_query_is_compared() -> None:
    assert {*OF_UNLOCKS, *OF_ALL} == QUERIES.keys()
    assert [
        q.name for q in QUERIES.values() if not q.sentence.endswith(".") or set(q.sql) != set(DIALECTS)
    ] == []


def numbers(review: Review) -> dict[str, Answer]:
    """Return what a review says, as each query should answer it; without unlocks nothing of them."""
    unlocked = review.unlocked
    found = {name: answer(review) for name, answer in OF_ALL.items()}
    return found | ({n: answer(review, unlocked) for n, answer in OF_UNLOCKS.items()} if unlocked else {})


def parameters(name: str, player: int, period: Period, zone: tuple[tzinfo, str, str]) -> dict[str, Any]:
    since, until = period.span(zone[0])
    values = {"player": player, "zone": zone, "since": since, "until": until, "late_before": NOW - GAP_AFTER}
    values |= {"until": min(until, NOW)} if name == "review_gaps" else {}
    return {key: values[key] for key in QUERIES[name].parameters}


def same(one: Any, other: Any) -> bool:
    if isinstance(one, float) or isinstance(other, float):
        return one is not None and other is not None and math.isclose(one, other, abs_tol=0.001)
    return bool(one == other)


def differing(said: Answer, answered: Answer) -> bool:
    rows = zip(said, answered, strict=False)
    return len(said) != len(answered) or not all(all(map(same, *pair)) for pair in rows)


EVERYTHING = [(player, period, zone) for player in (1, 2, 3) for period in PERIODS for zone in ZONES]
# The months of one player after the other, in turn in each zone; the years of all of them.
SOME = [case for case in EVERYTHING if case[1].month is None and case[2] == "Berlin"] + [
    (1 + n % 3, period, list(ZONES)[n // 3 % len(ZONES)]) for n, period in enumerate(PERIODS[2:])
]


@pytest.mark.parametrize(
    "cases", [SOME, pytest.param(EVERYTHING, marks=pytest.mark.soak)], ids=["some", "all"]
)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_each_number_of_a_review_is_its_documented_query(
    dialect: str, cases: list[tuple[int, Period, str]], years: dict[str, Database]
) -> None:
    database, wrong, seen = years[dialect], [], set[str]()
    for player, period, zone in cases:
        review = Queries(database).review.of(player, period, ZONES[zone][0], NOW, GAP_AFTER)
        for name, said in numbers(review).items():
            values = parameters(name, player, period, ZONES[zone])
            _, answered = asked(database, dialect, QUERIES[name], values)
            seen |= {name} if any(any(row[-2:]) for row in said) else set()
            wrong += [(name, player, str(period), said, answered)] if differing(said, answered) else []
    assert wrong == []
    assert seen == QUERIES.keys(), "a query found nothing in any period"


def test_points_are_those_in_hardcore_without_the_ones_before_and_those_in_softcore(
    years: dict[str, Database],
) -> None:
    zone, upgraded = ZONES["Berlin"][0], 0
    for player in (1, 2, 3):
        for period in PERIODS:
            review = Queries(years["sqlite"]).review.of(player, period, zone, NOW, GAP_AFTER)
            if review.unlocked:
                modes, total = review.unlocked.modes, review.sums.total
                for name in ("achievements", "points"):
                    hardcore, softcore, before = (
                        getattr(tally, name) for tally in (modes.hardcore, modes.softcore, modes.upgraded)
                    )
                    assert getattr(total, name) == hardcore - before + softcore, (player, str(period))
                upgraded += modes.upgraded.achievements
    assert upgraded > 0


def test_what_was_not_read_or_not_polled_is_not_zero(years: dict[str, Database]) -> None:
    review = Queries(years["sqlite"]).review
    zone = ZONES["Berlin"][0]
    unread = review.of(3, Period(2025, 9), zone, NOW, GAP_AFTER)
    assert unread.unlocked is None
    assert unread.known.unlocks_until == UNREAD_SINCE
    before = review.of(1, Period(2024, 1), zone, NOW, GAP_AFTER)
    assert (before.played, before.revised, before.known.gaps.count) == (None, [], 0)
    assert before.unlocked
    assert before.sums.total.achievements > 0  # with the site's dates
    in_gap = review.of(1, Period(2024, 7), zone, NOW, GAP_AFTER)
    assert in_gap.known.gaps.count == 1
    assert in_gap.known.gaps.length == timedelta(hours=80)


def test_a_set_that_was_completed_again_is_named_once_by_its_first_time(years: dict[str, Database]) -> None:
    queries, span = Queries(years["sqlite"]), Period(2025).span(ZONES["Berlin"][0])
    again = 0
    for player in (1, 2, 3):
        rows = queries.milestones.between(player, *span)
        reached = queries.review.sums(player, ZONES["Berlin"][0], *span).reached
        assert [one.at for one in reached] == sorted((one.at for one in reached), reverse=True)
        first = {(row["game_id"], row["kind"]): row["at"] for row in rows}  # the newest first
        assert {(one.game_id, one.kind.value): one.at for one in reached} == first
        assert len(reached) == len(first)
        again += len(rows) - len(reached)
    assert again > 0
