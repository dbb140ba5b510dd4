"""Which jobs go on: signs of those at work, and the waking of those that sleep."""

import threading

from syncer.core.events import RunStarted
from syncer.run.liveness import LivenessMonitor
from tests.fakes import FakeClock

SIGN = RunStarted("Max", 1, 1)


def watched(workers: int = 2, quiet: float = 60.0) -> tuple[FakeClock, LivenessMonitor]:
    clock = FakeClock()
    return clock, LivenessMonitor(clock, workers, quiet)


def test_a_job_that_sleeps_must_wake_in_time() -> None:
    clock, progress = watched()
    progress.expect_within("Max", 30.0)
    clock.pass_by(90.0)
    assert progress.stalled_players() == []
    clock.pass_by(0.1)
    assert progress.stalled_players() == ["Max"]
    with progress.running("Max"):
        assert progress.stalled_players() == []


def test_a_job_at_work_must_give_signs() -> None:
    clock, progress = watched()
    with progress.running("Max"):
        clock.pass_by(60.0)
        progress(SIGN)
        clock.pass_by(60.0)
        assert progress.stalled_players() == []
        clock.pass_by(0.1)
        assert progress.stalled_players() == ["Max"]


def test_a_wait_of_known_length_is_progress_until_it_should_be_over() -> None:
    clock, progress = watched()
    with progress.running("Max"):
        progress.request_budgets(600.0)
        clock.pass_by(660.0)
        assert progress.stalled_players() == []
        clock.pass_by(0.1)
        assert progress.stalled_players() == ["Max"]


def test_signs_of_one_job_say_nothing_about_another() -> None:
    clock, progress = watched()
    progress.expect_within("Moss", 0.0)
    with progress.running("Max"):
        clock.pass_by(60.1)
        progress(SIGN)
        assert progress.stalled_players() == ["Moss"]


def test_a_thread_without_a_job_gives_no_sign() -> None:
    clock, progress = watched()
    progress.expect_within("Max", 0.0)
    clock.pass_by(60.1)
    progress.request_budgets(600.0)
    progress(SIGN)
    assert progress.stalled_players() == ["Max"]


def test_who_waits_for_a_worker_is_not_stuck_but_a_worker_that_hangs_is() -> None:
    clock, progress = watched(workers=1)
    progress.expect_within("Moss", 0.0)
    begun, end = threading.Event(), threading.Event()

    def hang() -> None:
        with progress.running("Max"):
            begun.set()
            end.wait(10)

    worker = threading.Thread(target=hang)
    worker.start()
    begun.wait(10)
    progress.expect_within("Max", 30.0)
    clock.pass_by(60.1)
    assert progress.stalled_players() == []
    clock.pass_by(30.0)
    assert "Max" in progress.stalled_players()
    end.set()
    worker.join()
    assert "Moss" in progress.stalled_players()


def test_a_job_that_is_gone_is_not_missed() -> None:
    clock, progress = watched()
    for player in ("Max", "Moss"):
        progress.expect_within(player, 0.0)
    progress.forget("Max")
    clock.pass_by(61.0)
    assert progress.stalled_players() == ["Moss"]
    progress.forget_all()
    assert progress.stalled_players() == []
