"""What a player has reached, and what changes contain, from real rows of both databases."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from syncer.core.errors import SiteUnavailable
from syncer.core.milestones.states import Milestone
from syncer.core.milestones.streaks import Streak
from syncer.core.model.library import AwardKind, PlayedGame, UnlockPage
from syncer.store.db.tables import games, unlocks
from syncer.store.read.base import Row

from .harness import START
from .unlock_harness import UnlockHarness

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def home(database_url: str) -> Iterator[UnlockHarness]:
    made = UnlockHarness(database_url, games=(1, 2), every=15 * MINUTE)
    made.world.unlock_table.earn("Tester", 1, 1, START - 9 * DAY, hardcore=False)
    made.poll()
    yield made
    made.close()


def earn(home: UnlockHarness, game: int, count: int, *, hardcore: bool = True) -> datetime:
    """Let a player unlock the next achievements, poll, and return when they were unlocked."""
    home.clock.pass_by(600)
    at = home.clock.now().replace(microsecond=0)
    home.world.unlock_table.earn("Tester", game, count, at, hardcore=hardcore)
    home.clock.pass_by(300)
    home.poll()
    return at


def award(home: UnlockHarness, game: int, kind: AwardKind, at: datetime | None) -> None:
    row = PlayedGame(game, f"Game {game}", 7, "NES", "", 4, 4, 4, at, kind, at)
    home.writers.library.save_library(home.player, [row], False, home.clock.now())


def details(home: UnlockHarness, game: int) -> list[Row]:
    """Return the changes of a game with their details, oldest first."""
    return home.queries.details.of(home.history(game))


def state(home: UnlockHarness, game: int, moment: datetime | None = None) -> tuple[object, ...]:
    (row,) = home.queries.states.of(home.tracked.id, moment, among=[game])
    return row["state"], row["state_at"], row["state_is_exact"], row["state_after"]


def test_changes_have_the_names_of_their_unlocks(home: UnlockHarness) -> None:
    first = earn(home, 1, 2)
    earn(home, 2, 1, hardcore=False)
    baseline, change = details(home, 1)
    assert (baseline["unlocks"], baseline["award"]) == ([], None)
    titles = [unlock["title"] for unlock in change["unlocks"]]
    assert len(titles) == 2
    assert all(titles)
    assert [(u["unlocked_at"], u["hardcore"], u["is_upgrade"]) for u in change["unlocks"]] == [
        (first, True, False)
    ] * 2
    (other,) = details(home, 2)[1:]
    assert [u["hardcore"] for u in other["unlocks"]] == [False]


def test_a_mastered_game_has_its_state_from_the_polls_until_the_award_is_listed(home: UnlockHarness) -> None:
    assert state(home, 1) == ("in-progress", None, None, None)
    assert state(home, 2) == ("not-started", None, None, None)
    before = home.history(2)[-1]["last_seen_at"]
    at = earn(home, 2, 4)
    seen = home.history(2)[-1]["first_seen_at"]
    assert details(home, 2)[-1]["award"] == "mastered"
    assert state(home, 2) == ("mastered", seen, False, before)
    assert state(home, 2, seen - MINUTE) == ("not-started", None, None, None)
    award(home, 2, AwardKind.MASTERED, at)
    assert state(home, 2) == ("mastered", at, True, None)
    assert home.queries.states.milestones(home.tracked.id, 2) == [
        Milestone(AwardKind.MASTERED, at, is_exact=True)
    ]
    assert home.queries.states.counts([home.tracked.id]) == {home.tracked.id: {"mastered": 1}}
    assert home.queries.states.counts([home.tracked.id], START) == {home.tracked.id: {}}


def test_a_beaten_game_is_known_by_its_award_only(home: UnlockHarness) -> None:
    at = earn(home, 2, 2)
    assert details(home, 2)[-1]["award"] is None
    award(home, 2, AwardKind.BEATEN_HARDCORE, at)
    assert details(home, 2)[-1]["award"] == "beaten-hardcore"
    assert state(home, 2) == ("beaten-hardcore", at, True, None)
    assert state(home, 2, at - MINUTE)[0] == "not-started"


def test_a_mastery_stays_when_the_set_is_revised(home: UnlockHarness) -> None:
    at = earn(home, 2, 4)
    award(home, 2, AwardKind.MASTERED, at)
    home.world.catalogue.add_achievements(2, [5])
    home.clock.pass_by(900)
    home.poll()
    assert details(home, 2)[-1]["kind"] == "set_revised"
    assert details(home, 2)[-1]["award"] is None
    assert state(home, 2) == ("mastered", at, True, None)


def test_milestones_of_a_time_are_listed_once(home: UnlockHarness) -> None:
    at = earn(home, 2, 4)
    seen = home.history(2)[-1]["first_seen_at"]

    def found(since: datetime, until: datetime) -> list[tuple[object, ...]]:
        rows = home.queries.milestones.between(home.tracked.id, since, until)
        return [(row["game_id"], row["kind"], row["at"], row["is_exact"]) for row in rows]

    assert found(START, seen + MINUTE) == [(2, "mastered", seen, False)]
    assert found(START, seen) == []
    award(home, 2, AwardKind.MASTERED, at)
    assert found(START, seen + MINUTE) == [(2, "mastered", at, True)]
    assert found(START, at) == []


def test_an_award_without_a_date_in_the_first_listing_is_of_no_day(home: UnlockHarness) -> None:
    award(home, 1, AwardKind.BEATEN_SOFTCORE, None)
    home.clock.pass_by(600)
    award(home, 2, AwardKind.BEATEN_HARDCORE, None)
    seen = home.clock.now()
    assert state(home, 1) == ("beaten-softcore", None, False, None)
    assert state(home, 2) == ("beaten-hardcore", seen, False, None)
    found = home.queries.milestones.between(home.tracked.id, START - DAY, seen + MINUTE)
    assert [(row["game_id"], row["at"]) for row in found] == [(2, seen)]
    (mark,) = home.queries.states.milestones(home.tracked.id, 1)
    assert mark.at is None


def test_a_finished_event_is_no_milestone(home: UnlockHarness) -> None:
    award(home, 1, AwardKind.BEATEN_SOFTCORE, earn(home, 2, 4))
    with home.database.writing() as tx:
        tx.execute(games.update().where(games.c.id.in_((1, 2))).values(is_event=True))
    assert home.queries.milestones.between(home.tracked.id, START, home.clock.now() + DAY) == []
    assert home.queries.states.counts([home.tracked.id]) == {home.tracked.id: {}}


def test_the_last_unlock_of_a_moment_was_not_taken_back_then(home: UnlockHarness) -> None:
    at = earn(home, 2, 2)
    before = home.clock.now()
    home.world.reset_game("Tester", 2)
    home.clock.pass_by(3600)
    home.poll()
    found = [
        home.queries.states.of(home.tracked.id, moment, among=[2])[0]["last_unlocked_at"]
        for moment in (before, home.clock.now(), None)
    ]
    assert found == [at, None, None]


def test_unlocks_are_listed_with_those_that_were_in_softcore_before(home: UnlockHarness) -> None:
    (first,) = home.world.unlock_table.softcore_only("Tester", 1)
    home.clock.pass_by(60)
    home.world.unlock("Tester", 1, first, home.clock.now(), hardcore=True)
    home.clock.pass_by(60)
    home.poll()
    earn(home, 2, 1)
    with home.queries.unlock_list.stream([home.tracked.id], None, None) as rows:
        found = [(row["game_id"], row["hardcore"], row["is_upgrade"], row["is_event"]) for row in rows]
    assert found == [(2, True, False, False), (1, True, True, False), (1, False, False, False)]
    with home.queries.unlock_list.stream([home.tracked.id], START, home.clock.now(), 1) as rows:
        assert [row["is_upgrade"] for row in rows] == [True]


def test_unlock_in_both_modes_at_one_moment_is_one_in_hardcore(home: UnlockHarness) -> None:
    """As the site may send it; the pages and the commands list it once, and sums count it once."""
    (softcore,) = home.world.unlock_table.softcore_only("Tester", 1)
    with home.database.writing() as tx:
        mine = (unlocks.c.achievement_id == softcore, unlocks.c.gone_at.is_(None))
        (row,) = tx.execute(sa.select(unlocks).where(*mine)).mappings()
        tx.execute(unlocks.insert(), [dict(row) | {"hardcore": True}])
    with home.queries.unlock_list.stream([home.tracked.id], None, None) as rows:
        found = [(one["hardcore"], one["is_upgrade"]) for one in rows if one["achievement_id"] == softcore]
    assert found == [(True, False)]
    game = home.queries.web.unlocks(home.tracked.id, row["game_id"], 9)
    assert [one["hardcore"] for one in game if one["achievement_id"] == softcore] == [True]
    newest = home.queries.recent_unlocks.newest(home.tracked.id, 9)
    assert [one["is_upgrade"] for one in newest if one["achievement_id"] == softcore] == [False]


def test_a_streak_longer_than_a_month_is_counted_to_its_beginning(database_url: str) -> None:
    made = UnlockHarness(database_url)
    assert made.queries.streaks.current(1, UTC, START) is None  # unlocks were never read
    made.world.add_game("Long", [1] * 60, game_id=50)
    for day in range(1, 40):
        made.world.unlock_table.earn("Tester", 50, 1, START - day * DAY)
    made.world.unlock_table.earn("Tester", 1, 1, START - 41 * DAY)
    made.poll()
    streak = made.queries.streaks.current(made.tracked.id, UTC, made.clock.now())
    assert streak == Streak(39, includes_today=False)
    later = START + timedelta(hours=4)  # tomorrow in Tokyo
    zones = (UTC, ZoneInfo("Asia/Tokyo"))
    found = [made.queries.streaks.current(made.tracked.id, zone, later) for zone in zones]
    assert [streak.days if streak else None for streak in found] == [39, 0]
    made.close()


def test_an_award_that_was_listed_before_it_was_counted_is_one_milestone(home: UnlockHarness) -> None:
    home.clock.pass_by(600)
    at = home.clock.now().replace(microsecond=0)
    award(home, 2, AwardKind.MASTERED, at)
    home.clock.pass_by(300)
    home.poll()
    home.world.unlock_table.earn("Tester", 2, 4, at, hardcore=True)
    home.clock.pass_by(900)
    home.poll()
    assert home.history(2)[-1]["num_achieved_hardcore"] == 4
    rows = home.queries.milestones.between(home.tracked.id, START, home.clock.now() + DAY)
    assert [(row["kind"], row["at"], row["is_exact"]) for row in rows] == [("mastered", at, True)]


def test_a_streak_goes_on_by_polls_where_unlocks_cannot_be_read(
    home: UnlockHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    earn(home, 1, 1)

    def unavailable(*_: object) -> UnlockPage:
        raise SiteUnavailable("unlocks cannot be read")

    monkeypatch.setattr(home.site, "achievements_earned_between", unavailable)
    monkeypatch.setattr(home.site, "game_unlocks", unavailable)
    home.clock.pass_by(DAY.total_seconds())
    earn(home, 2, 1)
    streak = home.queries.streaks.current(home.tracked.id, UTC, home.clock.now())
    assert streak == Streak(2, includes_today=True)
