"""The places of runs that work at once."""

import threading

from syncer.core.clock import SystemClock
from syncer.core.places import Places, left_place
from tests.waiting import PATIENCE


def test_a_run_that_waits_leaves_its_place_to_another() -> None:
    places, clock, waits = Places(1), SystemClock(), threading.Event()
    clock.on_wait(lambda seconds: waits.set())
    ended: list[str] = []

    def run(name: str, seconds: float) -> None:
        places.take()
        with places.taken():
            if seconds:
                clock.wait(seconds)
            ended.append(name)

    waiting = threading.Thread(target=run, args=("waits", 0.5))
    waiting.start()
    assert waits.wait(PATIENCE)
    working = threading.Thread(target=run, args=("works", 0.0))
    working.start()
    for thread in (working, waiting):
        thread.join(PATIENCE)
    assert ended == ["works", "waits"]


def test_a_run_takes_a_place_again_before_it_goes_on() -> None:
    places, left, goes_on = Places(1), threading.Event(), threading.Event()

    def run() -> None:
        places.take()
        with places.taken():
            with left_place():
                left.set()
            goes_on.set()

    places.take()
    thread = threading.Thread(target=run)
    thread.start()
    with places.taken():
        pass  # the thread has the place now, leaves it, and must take it again
    assert left.wait(PATIENCE)
    assert goes_on.wait(PATIENCE)
    places.take()  # fails by a timeout of the suite, if the place was not given back
    thread.join(PATIENCE)


def test_a_place_is_given_back_however_the_run_ends() -> None:
    places = Places(1)
    for _ in range(2):
        places.take()
        try:
            with places.taken(), left_place():
                raise ValueError
        except ValueError:
            continue


def test_a_thread_without_a_place_waits_as_ever() -> None:
    with left_place():
        pass
