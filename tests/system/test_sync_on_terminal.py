"""`syncer sync` on a terminal: whose run it is, how long it takes, and what to type next."""

import sys
from pathlib import Path

import pytest

from syncer.cli.commands.sync import next_step
from syncer.cli.output.run_bars import ESTIMATE_OVER, RunBars, run_bars
from syncer.core.events import BackfillProgress, RunStarted
from syncer.core.model.decision import Verdict
from syncer.core.model.run import RunOutcome, RunReport
from tests.terminal import run_on_terminal

from .simulated_site import Site, run_cli

HOME = Path(__file__).parents[2]
TWO = '[1, 2]\nusername = "Tester"\n[[players]]\nusername = "Another"\ngames = [3]'


def sync_on_terminal(site: Site) -> str:
    return run_on_terminal([sys.executable, "-m", "syncer", "sync"], 80, site.env, cwd=HOME)


def test_a_first_sync_names_the_running_player_and_ends_with_what_to_type(site: Site) -> None:
    site.world.add_account("Another", "k" * 32)
    site.configure(games=TWO)
    text = sync_on_terminal(site)
    assert "1 of 2: Tester" in text
    assert "2 of 2: Another" in text
    assert "See what is stored: syncer games" in text
    assert "To keep recording: syncer run" in sync_on_terminal(site)
    site.earn(1)
    assert "See what changed: syncer changes" in sync_on_terminal(site)
    assert "syncer run" not in run_cli(site, "sync").err  # cron mails what it reads


def report(hint: str = "", **verdicts: int) -> RunReport:
    counted = {Verdict(name): count for name, count in verdicts.items()}
    return RunReport("Tester", RunOutcome.OK, 0, targets_seen=2, hint=hint, verdicts=counted)


def test_a_hint_of_a_run_is_what_to_do_next() -> None:
    assert next_step([report("Put a new key into the configuration.")]) == ""
    assert "syncer games" in next_step([report(new=2)])
    assert "syncer changes" in next_step([report(new=1, changed=1)])
    assert next_step([]) == "To keep recording: syncer run"


def test_bars_of_unlocks_have_a_length_while_the_counts_show_one() -> None:
    from rich.console import Console
    from rich.progress import Progress

    bars = Progress(console=Console(file=sys.stderr), disable=True)
    runs = RunBars(bars, ["Tester"], lambda player: 1500)
    runs.begin("Tester")
    runs(RunStarted("Tester", 4, 1))
    runs(BackfillProgress("Tester", "unlocks", 500))
    runs(BackfillProgress("Tester", "unlocks", 1000))
    run, unlocks = bars.tasks
    assert (run.total, run.description) == (4, "Tester")
    assert (unlocks.completed, unlocks.total) == (1000, 2000)
    assert unlocks.description == "  unlocks: 1,000 of about 2,000"
    runs(BackfillProgress("Tester", "unlocks", 2500))  # of games that are not followed, too
    assert (unlocks.total, unlocks.description) == (2500, "  unlocks: 2,500")


def test_played_games_have_the_length_of_their_list_and_a_remaining_time() -> None:
    from rich.console import Console
    from rich.progress import Progress

    seconds = [0.0]
    console = Console(file=sys.stderr)
    bars = Progress(
        console=console, disable=True, get_time=lambda: seconds[0], speed_estimate_period=ESTIMATE_OVER
    )
    runs = RunBars(bars, ["Tester"], lambda player: 0)
    runs.begin("Tester")
    for count in (500, 1000, 1500):
        seconds[0] += 40  # a slow site
        runs(BackfillProgress("Tester", "played games", count, 8000))
    games = bars.tasks[1]
    assert (games.completed, games.total) == (1500, 8000)
    assert games.description == "  played games: 1,500 of 8,000"
    assert games.time_remaining == 520
    runs(BackfillProgress("Tester", "played games", 500, 7999))  # read again, as it moved
    assert games.description == "  played games: 500 of 7,999"


def test_without_a_terminal_nothing_is_drawn_and_nothing_is_counted() -> None:
    def fail(player: str) -> int:
        raise AssertionError(player)

    with run_bars(["Tester"], fail) as bars:
        bars.begin("Tester")
        bars(BackfillProgress("Tester", "unlocks", 500))


def test_a_mistyped_title_is_answered_with_those_that_are_like_it(site: Site) -> None:
    site.world.catalogue.set_title(1, "Señor Topo")
    run_cli(site, "sync")
    result = run_cli(site, "history", "senor tope")
    assert result.code == 2
    assert "did you mean Señor Topo (1)?" in result.err
    assert "syncer games" in run_cli(site, "history", "chess").err


@pytest.mark.parametrize(
    ("typed", "meant"), [("chänges", "changes"), ("game", "games"), ("unlock", "unlocks")]
)
def test_a_mistyped_command_is_answered_with_the_nearest(typed: str, meant: str, site: Site) -> None:
    assert f"did you mean {meant}?" in run_cli(site, typed).err
