"""What a run learns besides progress, and what a failure there costs: nothing."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

import pytest

from syncer.core.backfill.backoff import Backoff
from syncer.core.backfill.titles import title_requests
from syncer.core.errors import BatchError, RateLimited, SiteUnavailable, TransientError, Unauthorized
from syncer.core.estimate import BackfillSize, backfill_requests
from syncer.core.events import BackfillProgress, Event, ResumedRun, RunStarted, WarningRaised
from syncer.core.model.library import CompletionPage, GameInfo, GameList, PlayedGame, Unlock, UnlockPage
from syncer.core.model.player import Player
from syncer.core.model.progress import Progress, ProgressResponse, UnparsableEntry
from syncer.core.model.run import RunOutcome, RunReport
from syncer.core.model.schedule import IntervalSchedule
from syncer.core.ports import TrackedPlayer
from syncer.core.sync.player_sync import PlayerSync
from tests.fakes import START, ULID, FakeClock, FakeSource, MemoryStore

GOOD = Progress(10, 100, 2, 20, 1, 10)
QUARTER = timedelta(minutes=15)
DAY = timedelta(days=1)


class Home:
    """A player with `games = "played"`, or one who lists games."""

    def __init__(self, played: int = 3, games: tuple[int, ...] = ()) -> None:
        self.games, self.backoff = games, Backoff()
        self.clock, self.store = FakeClock(), MemoryStore()
        self.source = FakeSource(self.clock, {g: GOOD for g in range(1, 3000)})
        self.source.played = [PlayedGame(g, f"Game {g}", 1, "NES", "", 9, 1, 0) for g in range(1, played + 1)]
        self.source.titles = {g: GameInfo(g, f"Game {g}", 1, "NES", "") for g in range(1, 3000)}
        self.events: list[Event] = []

    def run(self, after: timedelta = timedelta(0)) -> RunReport:
        self.clock.pass_by(after.total_seconds())
        self.source.windows.clear()
        report = self.syncer().run_once("test")
        assert report
        return report

    def wakes(self, *pauses: timedelta) -> list[bool]:
        """Whether a daemon that wakes after each of the pauses finds something to do."""
        syncer = self.syncer()
        found = []
        for pause in pauses:
            self.clock.pass_by(pause.total_seconds())
            found.append(syncer.run_once("schedule", only_due=True) is not None)
        return found

    def syncer(self) -> PlayerSync:
        who = following(*self.games)
        store = self.store
        made = PlayerSync(who, self.source, store, store, store, self.clock, self.events.append, Random(1))
        made.backoff = self.backoff  # as in one daemon
        return made

    def earn(self, achievement: int, at: datetime, game: int = 1, hardcore: bool = False) -> None:
        self.source.earned.append(Unlock(achievement, game, f"A {achievement}", 5, hardcore, at))


def following(*games: int) -> TrackedPlayer:
    return TrackedPlayer(
        "Tester", None, games, IntervalSchedule(QUARTER), 2 * QUARTER, played=not games, unlocks=True
    )


@pytest.fixture
def home() -> Home:
    made = Home()
    made.earn(1, START - DAY)
    made.run()
    return made


def test_the_first_run_follows_all_played_games_and_looks_at_them() -> None:
    home = Home(played=1234)
    report = home.run()
    assert (report.outcome, report.targets_seen) == (RunOutcome.OK, 1234)
    assert sum(isinstance(e, BackfillProgress) and e.what == "played games" for e in home.events) == 3


def test_the_listing_is_read_once_a_day(home: Home) -> None:
    before = home.source.requests
    home.run(QUARTER)
    assert home.source.requests - before == 2 + 3  # progress, unlocks; titles, once
    before = home.source.requests
    home.run(DAY)
    assert home.source.requests - before == 4  # profile and listing, too


def test_a_listing_that_moves_is_read_again_and_then_given_up_for_this_run() -> None:
    home = Home(played=600)
    moves = [1]

    def unlock_moves_a_game() -> None:
        if moves:
            moves.pop()
            home.source.played.insert(0, home.source.played.pop())

    home.source.between_pages = unlock_moves_a_game
    assert home.run().targets_seen == 600
    restless = Home(played=600)
    restless.source.between_pages = lambda: restless.source.played.insert(0, restless.source.played.pop())
    report = restless.run()
    assert (report.outcome, report.targets_seen) == (RunOutcome.OK, 0)
    assert any(isinstance(e, WarningRaised) and "moved" in e.what for e in restless.events)


def test_a_game_that_leaves_the_listing_is_followed_on(home: Home) -> None:
    home.source.played = home.source.played[:1]
    assert home.run(DAY).targets_seen == 3


def test_a_game_that_only_an_unlock_tells_of_is_followed_too(home: Home) -> None:
    home.earn(7, home.clock.now() + QUARTER, game=77)  # a small set: not in the listing
    home.run(2 * QUARTER)
    assert home.run(QUARTER).targets_seen == 4


def test_unlocks_before_us_are_a_backfill_and_later_ones_are_seen(home: Home) -> None:
    home.earn(2, home.clock.now() + timedelta(minutes=5))
    home.run(QUARTER)
    assert home.store.unlocks == {(1, False): "backfill", (2, False): "seen"}


def test_unlocks_of_an_absence_are_repaired(home: Home) -> None:
    home.earn(2, home.clock.now() + timedelta(hours=5))
    home.run(timedelta(hours=20))
    assert home.store.unlocks[2, False] == "repaired"


def test_a_long_history_is_read_page_by_page_and_never_twice() -> None:
    home = Home()
    for n in range(1700):
        home.earn(n, START - timedelta(days=1000) + timedelta(minutes=n))
    home.run()
    assert len(home.store.unlocks) == 1700
    assert len(home.source.windows) == 4
    home.run(QUARTER)
    assert len(home.source.windows) == 1


def test_whoever_was_interrupted_goes_on_where_it_stopped() -> None:
    home = Home()
    for n in range(1700):
        home.earn(n, START - timedelta(days=1000) + timedelta(minutes=n))
    tell = home.source.achievements_earned_between

    def twice(user: str, begin: datetime, end: datetime) -> UnlockPage:
        if len(home.source.windows) == 2:
            raise KeyboardInterrupt
        return tell(user, begin, end)

    home.source.achievements_earned_between = twice  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        home.run()
    home.source.achievements_earned_between = tell  # type: ignore[method-assign]
    had = len(home.store.unlocks)
    assert 900 < had < 1100
    home.run()
    assert len(home.store.unlocks) == 1700
    assert len(home.source.windows) <= 4
    assert set(home.store.unlocks.values()) == {"backfill"}


def test_a_second_with_more_unlocks_than_an_answer_holds_stops_nobody() -> None:
    home = Home()
    for n in range(900):
        home.earn(n, START - DAY)
    home.earn(5000, START - timedelta(hours=1))
    home.run()
    assert (5000, False) in home.store.unlocks
    assert len(home.store.unlocks) == 501


@pytest.mark.parametrize("failure", [SiteUnavailable("404"), TransientError("cut")])
def test_a_failure_of_what_is_learned_spoils_no_look(home: Home, failure: Exception) -> None:
    home.source.learning_failure = failure  # type: ignore[assignment]
    assert home.run(DAY).outcome is RunOutcome.OK
    assert any(isinstance(e, WarningRaised) and "unlocks" in e.what for e in home.events)


def test_a_listing_that_cannot_be_right_is_not_walked() -> None:
    home = Home()
    ask = home.source.completion_progress

    def huge(user: str, offset: int, count: int) -> CompletionPage:
        return replace(ask(user, offset, count), total=2_000_000_000)

    home.source.completion_progress = huge  # type: ignore
    home.run()
    assert any(isinstance(e, WarningRaised) and "2,000,000,000 games" in e.what for e in home.events)
    assert home.source.requests <= 4

    def more_than_there_are(user: str, offset: int, count: int) -> CompletionPage:
        return replace(ask(user, offset, count), total=40_000)

    home.source.completion_progress = more_than_there_are  # type: ignore
    before = home.source.requests
    home.run(QUARTER)
    assert home.source.requests - before <= 3 * 2 + 2  # each walk ends at the first empty page


def test_whoever_has_played_nothing_is_asked_about_at_the_usual_pace() -> None:
    home = Home(played=0)
    home.source.played = []
    assert home.run().requests == 3
    assert home.wakes(QUARTER) == [True]
    assert home.wakes(timedelta(minutes=1), timedelta(minutes=13), timedelta(minutes=1)) == [
        False,
        False,
        True,
    ]
    home.source.played = [PlayedGame(1, "Game 1", 1, "NES", "", 9, 1, 0)]
    home.earn(1, home.clock.now())
    assert home.wakes(QUARTER) == [True]  # small or not: its unlock tells of it
    assert home.store.targets.keys() == {1}
    assert not any(isinstance(e, WarningRaised) for e in home.events)


def test_a_site_that_tells_nothing_at_first_is_asked_again_soon() -> None:
    home = Home()
    home.source.learning_failure = SiteUnavailable("503")
    home.run()
    assert home.wakes(timedelta(minutes=1)) == [False]
    home.source.learning_failure = None
    assert home.wakes(timedelta(minutes=14)) == [True]
    assert home.store.targets


def test_an_empty_first_answer_is_not_believed_where_counts_show_unlocks() -> None:
    home = Home()
    home.run()
    assert home.store.player
    assert home.store.player.unlocks_synced_until is None
    assert any(isinstance(e, WarningRaised) and "though there are unlocks" in e.what for e in home.events)


def test_an_answer_that_goes_on_from_a_cut_one_is_never_empty() -> None:
    home = Home()
    for n in range(700):
        home.earn(n, START - timedelta(days=1000) + timedelta(minutes=n))
    tell = home.source.achievements_earned_between

    def then_nothing(user: str, begin: datetime, end: datetime) -> UnlockPage:
        return tell(user, begin, end) if not home.source.windows else UnlockPage(())

    home.source.achievements_earned_between = then_nothing  # type: ignore
    home.run()
    assert home.store.player
    first = START - timedelta(days=1000)
    assert home.store.player.unlocks_synced_until == first + timedelta(minutes=499, seconds=-1)
    home.source.achievements_earned_between = tell  # type: ignore
    home.run(QUARTER)
    assert len(home.store.unlocks) == 700


def test_games_in_doubt_are_read_again_a_few_a_run_and_a_bad_one_stops_no_other(home: Home) -> None:
    for game in range(1, 8):
        home.earn(game * 10, START - 2 * DAY, game=game)
    home.store.in_doubt, home.source.poisoned_games = list(range(1, 8)), {2}
    home.run(QUARTER)
    assert home.source.games_read == [1, 2, 3, 4, 5]
    assert any(isinstance(e, WarningRaised) and "game 2 could not be read" in e.what for e in home.events)
    home.run(QUARTER)
    assert home.source.games_read == [1, 2, 3, 4, 5, 2, 6, 7]  # what failed is asked again
    assert (50, False) in home.store.unlocks
    assert (20, False) not in home.store.unlocks
    home.source.poisoned_games.clear()
    for _ in range(3):
        home.run(timedelta(hours=1))
    assert home.store.in_doubt == []


def test_a_site_that_tells_of_no_game_is_asked_about_two(home: Home) -> None:
    home.store.in_doubt = list(range(1, 8))
    home.source.poisoned_games = set(home.store.in_doubt)
    home.run(QUARTER)
    assert home.source.games_read == [1, 2]
    home.run(2 * QUARTER)
    assert len(home.source.games_read) <= 4


def test_what_disagrees_with_the_looks_is_asked_less_and_less_often(home: Home) -> None:
    home.store.in_doubt, home.store.disagreeing = [1], {1}
    for _ in range(24):
        home.run(timedelta(hours=1))
    assert 4 <= len(home.source.games_read) <= 8


def test_doubts_are_looked_for_where_a_number_changed_and_once_an_hour(home: Home) -> None:
    asked = []
    ask = home.store.mismatched_games
    home.store.mismatched_games = lambda *a: asked.append(1) or ask(*a)  # type: ignore
    syncer = home.syncer()
    for expected in (1, 1, 1, 1, 2):
        syncer.run_once("test")
        assert len(asked) == expected
        home.clock.pass_by(QUARTER.total_seconds())
    home.source.games[1] = replace(GOOD, num_achieved=3)
    syncer.run_once("test")
    assert len(asked) == 3


def test_where_the_profile_tells_of_more_all_is_read_again(home: Home) -> None:
    home.earn(9, START - 900 * DAY)
    home.store.lacking = True
    home.run(QUARTER)
    assert (9, False) not in home.store.unlocks
    home.run(QUARTER)
    assert (9, False) in home.store.unlocks


def test_after_an_absence_an_empty_answer_is_not_believed_at_first(home: Home) -> None:
    home.source.games[1] = replace(GOOD, num_achieved=4)
    home.run(QUARTER)
    known = home.store.player and home.store.player.unlocks_synced_until
    home.run(30 * DAY)
    assert home.store.player
    assert home.store.player.unlocks_synced_until == known
    for _ in range(12):  # but not for ever: there may be nothing to tell
        home.run(timedelta(hours=2))
    assert home.store.player.unlocks_synced_until != known


def test_a_game_that_cannot_be_named_keeps_no_other_waiting(home: Home) -> None:
    ask = home.source.game

    def poisoned(game_id: int) -> GameInfo | None:
        if game_id == 2:
            raise BatchError("500")
        return ask(game_id)

    home.source.game = poisoned  # type: ignore
    home.run(QUARTER)
    assert home.store.named_games == {1, 3}
    home.source.game = ask  # type: ignore
    home.run(QUARTER)
    assert home.store.named_games == {1, 2, 3}


def test_a_console_that_cannot_be_listed_keeps_no_other_waiting() -> None:
    many = Home(games=tuple(range(1, 101)))
    many.earn(1, START - DAY)
    many.source.titles = {g: GameInfo(g, f"Game {g}", g % 3 + 1, "NES", "") for g in range(1, 101)}
    ask = many.source.game_list

    def poisoned(console_id: int) -> GameList:
        if console_id == 1:
            raise BatchError("no list")
        return ask(console_id)

    many.source.game_list = poisoned  # type: ignore
    many.run()
    many.run(QUARTER)
    assert many.source.save_console_games == [2, 3]
    many.source.game_list = ask  # type: ignore
    many.run(QUARTER)
    assert many.source.save_console_games == [2, 3, 1]
    assert len(many.store.named_games) == 100


def test_where_no_console_can_be_listed_games_are_named_one_by_one() -> None:
    many = Home(games=tuple(range(1, 101)))
    many.earn(1, START - DAY)
    many.source.consoles = [1]
    many.source.game_list = lambda _: (_ for _ in ()).throw(BatchError("no list"))  # type: ignore
    many.run()
    many.run(QUARTER)
    assert len(many.store.named_games) == 3  # what is left of five requests


@pytest.mark.parametrize("consoles", [[], None])
def test_without_consoles_games_are_named_one_by_one(consoles: list[int] | None) -> None:
    many = Home(games=tuple(range(1, 101)))
    many.earn(1, START - DAY)
    many.source.consoles = consoles or []
    if consoles is None:
        many.source.console_ids = lambda: (_ for _ in ()).throw(BatchError("no list"))  # type: ignore
    many.run()
    many.run(QUARTER)
    for _ in range(3):
        many.run(QUARTER)
    assert len(many.store.named_games) >= 10, many.events[-9:]


def test_what_the_site_does_not_tell_is_asked_for_less_and_less_often(home: Home) -> None:
    home.source.learning_failure = SiteUnavailable("404")
    asked = []
    for _ in range(32):
        home.run(QUARTER)
        asked.append(len(home.source.windows))
    assert [n for n, times in enumerate(asked) if times] == [0, 1, 3, 7, 15, 31]
    home.source.learning_failure = None
    home.run(6 * timedelta(hours=1))
    home.run(QUARTER)
    assert len(home.source.windows) == 1


def test_a_rest_further_ahead_than_any_comes_from_a_wrong_clock() -> None:
    rests = Backoff()
    for _ in range(40):
        rests.record_failure("titles", START, QUARTER)
    assert rests.is_active("titles", START + timedelta(hours=5))
    assert not rests.is_active("titles", START + timedelta(hours=6))
    assert not rests.is_active("titles", START - DAY)


@pytest.mark.parametrize("failure", [Unauthorized("no"), RateLimited("wait", START + DAY)])
def test_what_the_key_or_the_budget_forbids_ends_the_run(home: Home, failure: Exception) -> None:
    home.source.learning_failure = failure  # type: ignore[assignment]
    assert home.run(DAY).exit_code in (77, 75)


def test_whoever_lists_games_asks_for_unlocks_where_a_number_changed_or_once_a_day() -> None:
    home = Home(games=(1, 2))
    home.earn(1, START - DAY)
    assert home.run().requests == 3  # profile, progress, unlocks
    assert home.store.unlocks == {(1, False): "backfill"}
    assert home.run(QUARTER).requests == 1 + 2  # titles, once
    assert home.run(QUARTER).requests == 1
    home.source.games[1] = Progress(10, 100, 3, 30, 1, 10)
    home.earn(2, home.clock.now())
    assert home.run(QUARTER).requests == 2
    assert home.store.unlocks[2, False] == "seen"
    home.run(DAY)
    assert len(home.source.windows) == 1


def test_whoever_wants_no_unlocks_asks_nothing_more() -> None:
    home = Home()
    who = replace(following(1, 2), unlocks=False)
    store = home.store
    syncer = PlayerSync(who, home.source, store, store, store, home.clock, home.events.append, Random(1))
    first, second = syncer.run_once("test"), syncer.run_once("test")
    assert first
    assert second
    assert (first.requests, second.requests) == (2, 1)
    assert backfill_requests(None, who, BackfillSize(), True, START) == 0


def test_a_few_games_are_named_one_by_one_and_many_by_their_consoles() -> None:
    few = Home(games=tuple(range(1, 9)))
    few.earn(1, START - DAY)
    runs = [few.run().requests, few.run(QUARTER).requests, few.run(QUARTER).requests]
    assert runs == [3, 1 + 5, 1 + 3]
    assert few.source.save_console_games == []
    many = Home(games=tuple(range(1, 101)))
    many.earn(1, START - DAY)
    many.source.consoles = list(range(1, 7))
    many.source.titles = {g: GameInfo(g, f"Game {g}", g % 6 + 1, "NES", "") for g in range(1, 98)}
    many.run()
    assert many.run(QUARTER).requests == 1 + 5  # the consoles, and the lists of four
    assert many.source.save_console_games == [1, 2, 3, 4]
    assert many.run(QUARTER).requests == 1 + 2
    assert many.source.save_console_games == [1, 2, 3, 4, 5, 6]
    assert len(many.store.named_games) == 97
    assert many.run(QUARTER).requests == 1 + 3  # what no list holds is asked for itself
    assert many.run(QUARTER).requests == 1


@pytest.mark.parametrize(
    ("nameless", "unlisted", "expected"),
    [(0, None, 0), (3, None, 3), (60, None, 5), (62, None, 5), (62, 2, 2), (62, 0, 5), (2, 3, 2)],
)
def test_how_many_requests_tell_titles(nameless: int, unlisted: int | None, expected: int) -> None:
    assert title_requests(nameless, unlisted) == expected


def test_a_run_after_one_that_was_cut_short_asks_only_for_the_rest() -> None:
    home = Home(games=tuple(range(1, 251)))
    ask = home.source.progress

    def twice(user: str, ids: Sequence[int]) -> ProgressResponse:
        if len(home.source.asked) == 2:
            raise KeyboardInterrupt
        return ask(user, ids)

    home.source.progress = twice  # type: ignore
    began = home.clock.now()
    with pytest.raises(KeyboardInterrupt):
        home.run()
    home.source.progress = ask  # type: ignore[method-assign]
    home.store.cut_short_since = began
    home.source.asked.clear()
    home.run(timedelta(minutes=1))
    assert [len(batch) for batch in home.source.asked] == [50]
    (told,) = [e.resumed for e in home.events if isinstance(e, RunStarted) and e.resumed]
    assert told == ResumedRun(began, 200)
    home.source.asked.clear()
    home.run(QUARTER)  # all are due again
    assert sum(map(len, home.source.asked)) == 250


def test_an_unlock_that_cannot_be_read_is_told_and_the_others_are_kept(home: Home) -> None:
    tell = home.source.achievements_earned_between

    def odd(user: str, begin: datetime, end: datetime) -> UnlockPage:
        return replace(tell(user, begin, end), unreadable=(UnparsableEntry("no date", "{}"),))

    home.source.achievements_earned_between = odd  # type: ignore[method-assign]
    home.run(QUARTER)
    assert any(isinstance(e, WarningRaised) and "1 unlock could not be read" in e.what for e in home.events)
    assert (1, False) in home.store.unlocks


@pytest.mark.parametrize(
    ("played", "unlocks", "known", "expected"),
    [
        (0, 0, None, 2),  # one page of each, for there may be none
        (1200, 30_000, None, 3 + 61),
        (1200, 0, START, 3 + 1),  # only what is new
        (1200, 700, START, 3 + 2),  # the reading was cut short
    ],
)
def test_how_many_answers_tell_what_was_played_and_unlocked(
    played: int, unlocks: int, known: datetime | None, expected: int
) -> None:
    player = Player(1, ULID, "Tester", "Tester", unlocks_synced_until=known)
    extent = BackfillSize(played, unlocks)
    assert backfill_requests(player, following(), extent, False, START) == expected
    walked = replace(player, library_synced_at=START)
    pages = max(1, -(-played // 500))
    assert backfill_requests(walked, following(), extent, False, START) == expected - pages
    listing_some = backfill_requests(player, following(1), extent, known is not None, START)
    assert listing_some == unlocks // 500 + 1
