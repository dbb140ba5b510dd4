"""Time travel of the account: its points, its totals and its name at any moment."""

from datetime import timedelta

import sqlalchemy as sa

from syncer.core.errors import SiteUnavailable
from syncer.store.db.tables import games

from .time_travel_client import POINTS, PROFILE, TimeTravelClient

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
QUARTER = DAY / 4
NOTHING = {"Points": None, "SoftcorePoints": None}


def test_points_of_any_moment_have_their_coverage(each_client: TimeTravelClient) -> None:
    home, at = each_client.home, each_client.account
    home.rank = True
    began = home.clock.now()
    home.live(4 * HOUR)
    home.world.earn("Tester", 1, 2, home.clock.now(), hardcore=True)
    home.world.earn("Tester", 2, 1, home.clock.now())
    home.live(2 * HOUR)
    rows = home.queries.account.history([home.tracked.id], None, None)
    first, changed = rows[0]["changed_at"], rows[-1]["changed_at"]
    home.source.failure = SiteUnavailable("DNS")
    home.live(8 * HOUR)
    away = home.clock.now() - HOUR
    home.source.failure = None
    home.live(3 * HOUR)
    none, some = {"Points": 0, "SoftcorePoints": 0}, {"Points": 15, "SoftcorePoints": 5}
    moment = timedelta(milliseconds=1)

    assert at(began - DAY, POINTS) == at(first - moment, POINTS) == (NOTHING, "unknown")
    assert at(first, POINTS) == (none, "known")
    assert at(changed - moment, POINTS) == (none, "between")
    assert at(changed, POINTS) == (some, "known")
    assert at(away, POINTS) == (some, "gap")
    assert at(home.clock.now(), POINTS)[0] == some
    assert at(home.clock.now(), POINTS)[1] in ("known", "between")
    assert at(home.clock.now(), PROFILE)[0] | {"TotalTruePoints": None} == at(changed, PROFILE)[0]
    assert at(away, PROFILE)[1] == "unknown"  # of the RetroPoints, which this source lacks


def test_promise_that_was_broken_makes_the_present_a_gap(each_client: TimeTravelClient) -> None:
    home = each_client.home
    home.rank = True
    home.live(2 * HOUR)
    assert each_client.account(home.clock.now(), POINTS)[1] in ("known", "between")
    home.clock.pass_by(2 * 86400)
    assert each_client.account(home.clock.now(), POINTS) == ({"Points": 0, "SoftcorePoints": 0}, "gap")


def test_profile_has_the_name_of_its_moment(with_unlocks: TimeTravelClient) -> None:
    home = with_unlocks.home
    assert with_unlocks.ask("u=Tester", PROFILE).status_code == 404
    home.live(2 * DAY, QUARTER)
    then = home.clock.now() - DAY
    home.world.rename("Tester", "Later")
    home.world.earn("Tester", 1, 1, home.clock.now(), hardcore=True)
    home.live(2 * DAY, QUARTER)
    now = home.clock.now()
    profile, coverage = with_unlocks.account(then, PROFILE)
    assert (profile["User"], profile["TotalPoints"], coverage) == ("Tester", 0, "known")
    profile, coverage = with_unlocks.account(now, PROFILE)
    assert (profile["User"], profile["UserPic"]) == ("Later", "/UserPic/Tester.png")
    assert (profile["TotalPoints"], profile["TotalTruePoints"]) == (5, 5)
    assert coverage == "between"
    profile, coverage = with_unlocks.account(then - 30 * DAY, PROFILE)
    assert (profile["User"], profile["ULID"], coverage) == (None, home.account.ulid, "unknown")
    assert profile["TotalPoints"] is profile["TotalSoftcorePoints"] is profile["TotalTruePoints"] is None


def test_name_between_two_profiles_is_not_known(with_unlocks: TimeTravelClient) -> None:
    """The totals were equal before and after, and yet the name of the time between is not sure."""
    home = with_unlocks.home
    home.live(2 * DAY, QUARTER)
    renamed = home.clock.now()
    home.world.rename("Tester", "Later")
    home.live(2 * DAY, QUARTER)
    profile, coverage = with_unlocks.account(renamed, PROFILE)
    assert (profile["User"], coverage) == ("Tester", "between")


def test_whole_answer_is_one_state_of_the_database(each_client: TimeTravelClient) -> None:
    home = each_client.home
    home.poll()
    query = sa.select(sa.func.count()).select_from(games)
    with home.queries.in_one_transaction() as queries, queries.database.reading() as tx:
        before = tx.execute(query).scalar_one()
        with home.database.writing() as writer:
            writer.execute(games.insert().values(id=99))
        with queries.database.reading() as again:
            assert again.scalar(query) == before
        assert [ref.username for ref in queries.players.select()] == ["Tester"]
    with home.database.reading() as tx:
        assert tx.scalar(query) == before + 1
