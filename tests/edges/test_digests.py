"""Messages by the calendar, from real rows of both databases: each once, and none about what is restored."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from syncer.core.notifications.model import MessageKind, Recipients
from syncer.store.db.account_tables import player_jobs, unlocks
from syncer.store.db.tables import messages
from syncer.store.write.writers import Writers

from .harness import START
from .unlock_harness import UnlockHarness

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
BY_CHOICE = frozenset({MessageKind.STREAK, MessageKind.RECORD, MessageKind.REVIEW})
LONG = 50  # a game with many achievements of 1 point


@pytest.fixture
def home(database_url: str) -> Iterator[UnlockHarness]:
    """A player who unlocks one achievement a day; START is noon of the first of a month."""
    made = UnlockHarness(database_url, games=(LONG,), every=HOUR)
    made.world.add_game("Long", [1] * 200, game_id=LONG)
    for day in range(1, 10):
        made.world.earn("Tester", LONG, 1, START - day * DAY)
    made.writers = Writers.for_database(made.database, Recipients(("one-0001",), BY_CHOICE))
    made.poll()
    yield made
    made.close()


def sent(home: UnlockHarness) -> list[tuple[str, str]]:
    query = sa.select(messages.c.kind, messages.c.text).order_by(messages.c.id)
    with home.database.reading() as tx:
        return [(row.kind, row.text) for row in tx.execute(query)]


def poll_until(home: UnlockHarness, moment: datetime) -> None:
    """Poll each hour, as a daemon does."""
    while home.clock.moment < moment:
        home.clock.pass_by(3600)
        home.poll()


def test_a_streak_at_risk_is_one_message_a_day_at_its_hour(home: UnlockHarness) -> None:
    poll_until(home, START + 6.5 * HOUR)
    assert sent(home) == []
    poll_until(home, START + 11 * HOUR)
    assert sent(home) == [("streak", "Tester: the streak of 9 days ends tonight if nothing is unlocked")]


def test_a_streak_that_went_on_today_is_no_message(home: UnlockHarness) -> None:
    home.world.earn("Tester", LONG, 1, home.clock.now())
    poll_until(home, START + 11 * HOUR)
    assert sent(home) == []


def test_the_best_day_is_reported_once_when_it_is_over(home: UnlockHarness) -> None:
    poll_until(home, START + DAY + HOUR)
    home.world.earn("Tester", LONG, 5, home.clock.now())
    poll_until(home, START + 2.6 * DAY)
    day = f"{START + DAY:%Y-%m-%d}"
    records = [text for kind, text in sent(home) if kind == "record"]
    assert records == [f"Tester: {day} was the best day so far: 5 points (1 on {START - DAY:%Y-%m-%d})"]


@pytest.mark.on_postgres
def test_a_day_after_a_reset_is_no_record(home: UnlockHarness) -> None:
    """What is gone was a record, too."""
    with home.database.writing() as tx:
        best = {"player_id": 1, "hardcore": False, "game_id": LONG, "points": 50, "title": "Gone"}
        best |= {"first_seen_at": START, "gone_at": START, "source": "backfill", "achievement_id": 9999}
        tx.execute(unlocks.insert(), best | {"unlocked_at": START - 30 * DAY})
    poll_until(home, START + DAY + HOUR)
    home.world.earn("Tester", LONG, 5, home.clock.now())
    poll_until(home, START + 2.6 * DAY)
    assert [text for kind, text in sent(home) if kind == "record"] == []


def test_a_month_is_reviewed_once_when_it_is_over(home: UnlockHarness) -> None:
    poll_until(home, START + HOUR)
    next_month = (START + 40 * DAY).replace(day=1, hour=1)
    # The recording began on the first at noon, so that this month is not whole.
    home.clock.pass_by((next_month - home.clock.moment).total_seconds())
    poll_until(home, next_month + DAY)
    assert [kind for kind, _ in sent(home) if kind == "review"] == []
    home.world.earn("Tester", LONG, 3, home.clock.now())
    poll_until(home, home.clock.moment + HOUR)
    following = (next_month + 40 * DAY).replace(day=1, hour=1)
    home.clock.pass_by((following - home.clock.moment).total_seconds())
    poll_until(home, following + DAY)
    reviews = [text for kind, text in sent(home) if kind == "review"]
    assert len(reviews) == 1
    assert reviews[0].startswith(f"Tester: {next_month:%B %Y}: 3 achievements, 3 points, on 1 day")


@pytest.mark.on_postgres
def test_kinds_that_are_not_chosen_are_not_considered(home: UnlockHarness) -> None:
    chosen = frozenset({MessageKind.RECORD})
    home.writers = Writers.for_database(home.database, Recipients(("one-0001",), chosen))
    poll_until(home, START + 2.6 * DAY)
    assert sent(home) == []
    with home.database.reading() as tx:
        kinds = set(tx.scalars(sa.select(player_jobs.c.kind)))
    assert {kind for kind in kinds if kind.endswith("_message")} == {"record_message"}


@pytest.mark.on_postgres
def test_a_gain_whose_unlocks_are_not_listed_yet_is_no_risk(
    home: UnlockHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = home.site.shown()
    monkeypatch.setattr(home.site, "shown", lambda: listed)
    monkeypatch.setattr(home.site, "game_unlocks", lambda user, game_id: None)
    home.world.earn("Tester", LONG, 1, home.clock.now())
    poll_until(home, START + 11 * HOUR)
    assert home.kinds(LONG) == ["baseline", "unlock"]
    assert sent(home) == []


def records_after(home: UnlockHarness, day: int) -> list[str]:
    """Return the records, after 5 points at noon of a day (START: 0), once that day was considered."""
    poll_until(home, START + day * DAY)
    home.world.earn("Tester", LONG, 5, home.clock.now())
    poll_until(home, START + (day + 2) * DAY)
    return [text for kind, text in sent(home) if kind == "record"]


@pytest.mark.on_postgres
def test_a_date_that_the_site_corrected_counts_once(home: UnlockHarness) -> None:
    with home.database.writing() as tx:
        newest = sa.select(unlocks).order_by(unlocks.c.unlocked_at.desc()).limit(1)
        row = dict(tx.execute(newest).mappings().one())
        moved = {"unlocked_at": row["unlocked_at"] - timedelta(minutes=1), "gone_at": START}
        tx.execute(unlocks.insert(), row | moved)
    assert records_after(home, 1)[0].endswith(f"5 points (1 on {START - DAY:%Y-%m-%d})")


def test_a_sunday_after_a_reset_in_its_week_is_no_record(home: UnlockHarness) -> None:
    poll_until(home, START + 5 * DAY)  # a Wednesday
    with home.database.writing() as tx:
        best = {"player_id": 1, "hardcore": False, "game_id": LONG, "points": 50, "title": "Gone"}
        best |= {"first_seen_at": START, "gone_at": START + 5 * DAY, "source": "seen", "achievement_id": 9999}
        tx.execute(unlocks.insert(), best | {"unlocked_at": START + 4 * DAY})
    assert records_after(home, 9) == []


def test_a_day_is_considered_after_one_without_a_run(home: UnlockHarness) -> None:
    poll_until(home, START + 3 * DAY)
    home.world.earn("Tester", LONG, 5, home.clock.now())
    poll_until(home, START + 3 * DAY + HOUR)
    home.clock.pass_by(36 * 3600)  # over all of the next day
    poll_until(home, home.clock.moment + 3 * HOUR)
    assert [kind for kind, _ in sent(home) if kind == "record"] == ["record"]
