"""The deadlines of jobs that run, wait and sleep."""

import threading

from syncer.core.events import RunStarted
from syncer.run.liveness import LivenessMonitor
from tests.fakes import FakeClock
from tests.waiting import PATIENCE

EVENT = RunStarted("Max", 1, 1)
STALL_AFTER = 60.0


def make_monitor(workers: int = 2) -> tuple[FakeClock, LivenessMonitor]:
    clock = FakeClock()
    return clock, LivenessMonitor(clock, workers, STALL_AFTER)


def test_a_sleeping_job_is_stalled_if_it_does_not_wake_in_time() -> None:
    clock, monitor = make_monitor()
    monitor.expect_within("Max", 30.0)
    clock.pass_by(90.0)
    assert monitor.stalled_players() == []
    clock.pass_by(0.1)
    assert monitor.stalled_players() == ["Max"]
    with monitor.running("Max"):
        assert monitor.stalled_players() == []


def test_an_event_moves_the_deadline_of_a_running_job() -> None:
    clock, monitor = make_monitor()
    with monitor.running("Max"):
        clock.pass_by(60.0)
        monitor(EVENT)
        clock.pass_by(60.0)
        assert monitor.stalled_players() == []
        clock.pass_by(0.1)
        assert monitor.stalled_players() == ["Max"]


def test_a_wait_of_known_length_moves_the_deadline_by_its_length() -> None:
    clock, monitor = make_monitor()
    with monitor.running("Max"):
        monitor.begin_wait(600.0)
        clock.pass_by(660.0)
        assert monitor.stalled_players() == []
        clock.pass_by(0.1)
        assert monitor.stalled_players() == ["Max"]


def test_an_event_of_one_job_does_not_move_the_deadline_of_another() -> None:
    clock, monitor = make_monitor()
    monitor.expect_within("Moss", 0.0)
    with monitor.running("Max"):
        clock.pass_by(60.1)
        monitor(EVENT)
        assert monitor.stalled_players() == ["Moss"]


def test_events_and_waits_of_a_thread_without_a_job_are_ignored() -> None:
    clock, monitor = make_monitor()
    monitor.expect_within("Max", 0.0)
    clock.pass_by(60.1)
    monitor.begin_wait(600.0)
    monitor(EVENT)
    assert monitor.stalled_players() == ["Max"]


def test_a_job_that_waits_for_a_worker_is_not_stalled_but_the_hanging_one_is() -> None:
    clock, monitor = make_monitor(workers=1)
    monitor.expect_within("Moss", 0.0)
    started, finish = threading.Event(), threading.Event()

    def hang() -> None:
        with monitor.running("Max"):
            started.set()
            finish.wait(PATIENCE)

    worker = threading.Thread(target=hang)
    worker.start()
    started.wait(PATIENCE)
    monitor.expect_within("Max", 30.0)
    clock.pass_by(60.1)
    assert monitor.stalled_players() == []
    clock.pass_by(30.0)
    assert "Max" in monitor.stalled_players()
    finish.set()
    worker.join()
    assert "Moss" in monitor.stalled_players()


def test_a_job_that_was_removed_has_no_deadline() -> None:
    clock, monitor = make_monitor()
    for player in ("Max", "Moss"):
        monitor.expect_within(player, 0.0)
    monitor.forget("Max")
    clock.pass_by(61.0)
    assert monitor.stalled_players() == ["Moss"]
    monitor.forget_all()
    assert monitor.stalled_players() == []
