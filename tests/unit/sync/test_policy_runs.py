"""A player with more targets than one batch holds: probe, sweep, and what is polled early."""

from unittest.mock import patch

import pytest

from syncer.core.errors import BatchError
from syncer.core.events import BatchRecorded
from syncer.core.model.decision import Verdict
from syncer.core.model.play import RecentPage
from syncer.core.model.run import RunOutcome
from syncer.core.model.schedule import IntervalSchedule

from .harness import GOOD, HOUR, MINUTE, MORE, MemoryHarness
from .many_games import DAY, GAMES, days, followed, many

__all__ = ["many"]  # a fixture, requested by its name


def test_a_day_takes_a_probe_each_quarter_of_an_hour_and_one_sweep(many: MemoryHarness) -> None:
    runs = list(days(many, 1))
    assert {run.outcome for run in runs} == {RunOutcome.OK}
    assert len(runs) == 95
    assert len(many.source.probed) == 1 + 95
    assert len(many.source.asked) in (5, 6)  # 500 games in batches of 100, in 0.9 of a day
    assert {game for batch in many.source.asked for game in batch} == set(GAMES) - {1, 2, 3}


def test_no_target_is_ever_late_though_all_were_polled_at_one_moment(many: MemoryHarness) -> None:
    for _ in days(many, 2):
        pass
    assert {t.due_at for t in many.store.targets.values()} == {None}
    assert all(len(found) == 1 for found in many.store.snapshots_of.values())
    assert {t.promised_seconds for t in many.store.targets.values()} == {86400}
    assert len(many.source.asked) <= 2 * 6


def test_an_unlock_in_play_is_seen_by_the_next_probe(many: MemoryHarness) -> None:
    many.source.games[2] = MORE
    many.source.recent[2] = many.clock.now() + 10 * MINUTE
    many.clock.pass_by(15 * 60)
    report = many.sync(only_due=True)
    assert report is not None
    assert report.verdicts[Verdict.CHANGED] == 1
    assert many.progress_of(2) == [GOOD, MORE]
    assert all(2 not in batch for batch in many.source.asked)


def test_a_change_that_no_probe_shows_is_found_by_the_sweep(many: MemoryHarness) -> None:
    many.source.games[400] = MORE
    for _ in days(many, 1):
        pass
    assert many.progress_of(400) == [GOOD, MORE]


def test_while_somebody_plays_the_next_probe_comes_early(many: MemoryHarness) -> None:
    many.settings["play_every"] = 5 * MINUTE
    many.clock.pass_by(15 * 60)
    many.source.recent[3] = many.clock.now() - MINUTE
    many.sync(only_due=True)
    assert many.syncer.next_wake() == many.clock.now() + 5 * MINUTE
    many.clock.pass_by(15 * 60)
    many.sync(only_due=True)
    assert many.syncer.next_wake() == many.clock.now() + 15 * MINUTE


def test_a_game_played_for_the_first_time_becomes_a_target_and_is_polled_at_once(many: MemoryHarness) -> None:
    many.settings["played"] = True
    many.source.games[9000], many.source.recent[9000] = GOOD, many.clock.now()
    many.clock.pass_by(15 * 60)
    many.sync(only_due=True)
    assert many.store.targets[9000].source == "played"
    assert many.progress_of(9000) == [GOOD]


def test_a_player_who_lists_games_gets_no_others(many: MemoryHarness) -> None:
    many.source.games[9000], many.source.recent[9000] = GOOD, many.clock.now()
    many.clock.pass_by(15 * 60)
    many.sync(only_due=True)
    assert 9000 not in many.store.targets
    assert many.store.probes[-1].games[0].game_id == 9000


def test_a_longer_interval_keeps_the_promise_of_the_probe_before(many: MemoryHarness) -> None:
    promised = many.syncer.next_wake()
    many.schedule = IntervalSchedule(HOUR)
    assert many.syncer.next_wake() == promised


def test_after_an_outage_all_overdue_targets_are_polled_at_once(many: MemoryHarness) -> None:
    many.clock.pass_by(2 * 86400)
    many.sync(only_due=True)
    assert {game for batch in many.source.asked for game in batch} | {1, 2, 3} == set(GAMES)
    many.source.asked.clear()
    for _ in days(many, 2):
        pass
    assert len(many.source.asked) <= 2 * 6


@pytest.mark.parametrize("count", [250, 500])
@pytest.mark.parametrize("outage", [0, 3])
def test_what_was_polled_by_hand_is_not_polled_again_by_the_sweep(count: int, outage: float) -> None:
    home = followed(count)
    for _ in days(home, 0.5):
        pass
    home.clock.pass_by(outage * 86400)
    home.poll()
    assert {game for batch in home.source.asked for game in batch} == set(range(1, count + 1))
    home.source.asked.clear()
    for _ in days(home, 0.15):
        pass
    assert home.source.asked == []


def test_after_an_outage_what_was_polled_late_is_not_polled_again_by_the_sweep() -> None:
    home = followed(250)
    for _ in days(home, 0.5):
        pass
    home.source.asked.clear()
    home.clock.pass_by(3 * 86400)
    home.sync(only_due=True)
    assert len(home.source.asked) == 3
    for _ in days(home, 0.1):
        pass
    assert len(home.source.asked) == 3


def test_few_played_games_are_all_polled_about_once_an_hour() -> None:
    few = followed(60, played=True)
    runs = list(days(few, 1))
    assert len(runs) == 95
    assert len(few.source.probed) == 2 + 95  # the first run reads the list to its end
    assert 20 <= len(few.source.asked) <= 25
    assert {t.due_at for t in few.store.targets.values()} == {None}
    few.source.games[40] = MORE
    for _ in days(few, 75 / 60 / 24):
        pass
    assert few.progress_of(40) == [GOOD, MORE]


def test_a_game_that_is_played_for_the_first_time_is_found_by_the_next_run() -> None:
    few = followed(60, played=True)
    few.source.games[61] = GOOD
    few.source.recent[61] = few.clock.now() + 10 * MINUTE
    few.clock.pass_by(15 * 60)
    few.sync(only_due=True)
    assert few.progress_of(61) == [GOOD]


def first_pages_of(count: int) -> MemoryHarness:
    """Return a player with so many games after a first run: the listing failed, and the list of all games
    that were ever played after its first 100."""
    home = MemoryHarness()
    home.games, home.settings = (), {"idle_every": DAY, "sessions": True, "played": True}
    home.source.games = dict.fromkeys(range(1, count + 1), GOOD)
    home.source.recent = {game: home.clock.now() - game * DAY for game in home.source.games}
    home.source.backfill_failure, read = BatchError("500"), home.source.recently_played

    def read_the_first(user: str, offset: int = 0, count: int = 50) -> RecentPage:
        home.source.recent_failure = BatchError("500") if offset >= 100 else None
        return read(user, offset, count)

    with patch.object(home.source, "recently_played", read_the_first):
        home.sync(only_due=True)
    home.source.recent_failure = home.source.backfill_failure = None
    return home


def test_the_first_games_of_an_unknown_number_are_promised_what_all_can_have() -> None:
    home = first_pages_of(250)
    assert {t.promised_seconds for t in home.store.targets.values()} == {86400}
    assert len(home.store.targets) == 100
    home.clock.pass_by(2 * 3600)
    home.sync(only_due=True)
    assert len(home.store.targets) == 250
    recorded = [event.decision for event in home.events if isinstance(event, BatchRecorded)]
    assert not any(decision.after_gap for batch in recorded for decision in batch.decisions)


def test_once_it_is_known_that_they_are_few_they_are_polled_about_once_an_hour() -> None:
    home = first_pages_of(90)
    assert home.store.player
    assert home.store.player.listing_whole_at is None  # the other list was read to its end
    assert {t.promised_seconds for t in home.store.targets.values()} == {75 * 60}
