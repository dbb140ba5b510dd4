"""The deadlines of jobs that run, wait and sleep."""

from syncer.core.events import RunStarted
from syncer.run.liveness import LivenessMonitor
from tests.fakes import FakeClock

EVENT = RunStarted("Max", 1, 1)
STALL_AFTER = 60.0


def make_monitor(*queued: str) -> tuple[FakeClock, LivenessMonitor]:
    clock = FakeClock()
    return clock, LivenessMonitor(clock, STALL_AFTER, set(queued))


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


def test_a_job_that_waits_for_a_place_is_not_stalled_but_the_hanging_one_is() -> None:
    clock, monitor = make_monitor("Moss")
    monitor.expect_within("Moss", 0.0)
    with monitor.running("Max"):
        clock.pass_by(60.1)
        assert monitor.stalled_players() == ["Max"]


def test_a_job_that_was_removed_has_no_deadline() -> None:
    clock, monitor = make_monitor()
    for player in ("Max", "Moss"):
        monitor.expect_within(player, 0.0)
    monitor.forget("Max")
    clock.pass_by(61.0)
    assert monitor.stalled_players() == ["Moss"]
    monitor.restart([], 0.0)
    assert monitor.stalled_players() == []


def test_a_run_that_waits_keeps_its_deadline_when_the_configuration_changes() -> None:
    clock, monitor = make_monitor()
    monitor.expect_within("Moss", 600.0)
    with monitor.running("Max"):
        monitor.begin_wait(600.0)
        monitor.restart(["Max", "Moss"], 0.0)
        clock.pass_by(61.0)
        assert monitor.stalled_players() == ["Moss"]  # its new job has not begun
        clock.pass_by(600.0)
        assert monitor.stalled_players() == ["Max", "Moss"]
