"""Which jobs go on: signs of those at work, and the waking of those that sleep."""

import threading

from syncer.core.events import RunStarted
from syncer.run.liveness import Progress
from tests.fakes import FakeClock

SIGN = RunStarted("Max", 1, 1)


def watched(workers: int = 2, quiet: float = 60.0) -> tuple[FakeClock, Progress]:
    clock = FakeClock()
    return clock, Progress(clock, workers, quiet)


def test_a_job_that_sleeps_must_wake_in_time() -> None:
    clock, progress = watched()
    progress.expect("Max", 30.0)
    clock.pass_by(90.0)
    assert progress.stuck() == []
    clock.pass_by(0.1)
    assert progress.stuck() == ["Max"]
    with progress.at_work("Max"):
        assert progress.stuck() == []


def test_a_job_at_work_must_give_signs() -> None:
    clock, progress = watched()
    with progress.at_work("Max"):
        clock.pass_by(60.0)
        progress(SIGN)
        clock.pass_by(60.0)
        assert progress.stuck() == []
        clock.pass_by(0.1)
        assert progress.stuck() == ["Max"]


def test_a_wait_of_known_length_is_progress_until_it_should_be_over() -> None:
    clock, progress = watched()
    with progress.at_work("Max"):
        progress.waits(600.0)
        clock.pass_by(660.0)
        assert progress.stuck() == []
        clock.pass_by(0.1)
        assert progress.stuck() == ["Max"]


def test_signs_of_one_job_say_nothing_about_another() -> None:
    clock, progress = watched()
    progress.expect("Moss", 0.0)
    with progress.at_work("Max"):
        clock.pass_by(60.1)
        progress(SIGN)
        assert progress.stuck() == ["Moss"]


def test_a_thread_without_a_job_gives_no_sign() -> None:
    clock, progress = watched()
    progress.expect("Max", 0.0)
    clock.pass_by(60.1)
    progress.waits(600.0)
    progress(SIGN)
    assert progress.stuck() == ["Max"]


def test_who_waits_for_a_worker_is_not_stuck_but_a_worker_that_hangs_is() -> None:
    clock, progress = watched(workers=1)
    progress.expect("Moss", 0.0)
    begun, end = threading.Event(), threading.Event()

    def hang() -> None:
        with progress.at_work("Max"):
            begun.set()
            end.wait(10)

    worker = threading.Thread(target=hang)
    worker.start()
    begun.wait(10)
    progress.expect("Max", 30.0)
    clock.pass_by(60.1)
    assert progress.stuck() == []
    clock.pass_by(30.0)
    assert "Max" in progress.stuck()
    end.set()
    worker.join()
    assert "Moss" in progress.stuck()


def test_a_job_that_is_gone_is_not_missed() -> None:
    clock, progress = watched()
    for player in ("Max", "Moss"):
        progress.expect(player, 0.0)
    progress.forget("Max")
    clock.pass_by(61.0)
    assert progress.stuck() == ["Moss"]
    progress.forget_all()
    assert progress.stuck() == []
