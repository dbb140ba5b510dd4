"""How often is polled: the checks and defaults of the settings that depend on each other."""

from collections.abc import Iterator
from datetime import timedelta

from syncer.core.model.schedule import DailySchedule, IntervalSchedule

from .schema import ScheduleSection
from .sources import Sources
from .values import OFF, serialize_duration

DEFAULT_EVERY = 900.0  # seconds
DEFAULT_IDLE_EVERY = 86_400.0  # or `every`, if that is longer
DEFAULT_PLAY_EVERY = 300.0  # or `every`, if that is shorter
SHORTEST_PLAY_EVERY = 60.0  # seconds; where `every` is shorter, that


def check_schedule(schedule: ScheduleSection, sources: Sources) -> None:
    """Add the problems between the settings of how often is polled.

    Before set_intervals(), which hides what was written and what was not.
    """
    if schedule.every is not None and schedule.at is not None:
        sources.problems.append("[schedule] every and at are both set; keep one")
    if schedule.every is not None and schedule.every < 1:
        sources.problems.append("[schedule] every: less than a second")
    is_written = bool({"schedule.every", "schedule.at"} & sources.origins.keys())
    if is_written and schedule.every is None and schedule.at is None:
        return  # it was wrong, which is a problem already; the default says nothing about the others
    found = _interval_problems(schedule)
    sources.problems += [f"{sources.label(name)}: {problem}" for name, problem in found]


def _interval_problems(schedule: ScheduleSection) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with an interval beside `every` or `at`, each with the setting's dotted name."""
    every = DEFAULT_EVERY if schedule.every is None else schedule.every
    idle, play = schedule.idle_every, schedule.play_every
    if schedule.at is not None and schedule.every is None:
        if idle is not None:
            yield "schedule.idle_every", "all games are polled at each of the times of at; remove idle_every"
        return  # play_every is ignored
    if idle is not None and idle < every:
        compared = f"{serialize_duration(idle)} is shorter than every, which is {serialize_duration(every)}"
        yield "schedule.idle_every", f"{compared}; set the same or a longer time"
    if isinstance(play, float) and play < min(SHORTEST_PLAY_EVERY, every):
        yield "schedule.play_every", f'less than a minute; set 1m or longer, or "{OFF}"'
    elif isinstance(play, float) and play > every:
        compared = f"{serialize_duration(play)} is longer than every, which is {serialize_duration(every)}"
        yield "schedule.play_every", f'{compared}; set the same or a shorter time, or "{OFF}"'


def set_intervals(schedule: ScheduleSection) -> None:
    """Set the defaults. At listed times all games are polled each time, and none in between."""
    if schedule.at is not None:
        schedule.play_every = None
        return
    if schedule.every is None:
        schedule.every = DEFAULT_EVERY
    if schedule.idle_every is None:
        schedule.idle_every = max(DEFAULT_IDLE_EVERY, schedule.every)
    if schedule.play_every is None:
        schedule.play_every = min(DEFAULT_PLAY_EVERY, schedule.every)


def build_schedule(schedule: ScheduleSection) -> IntervalSchedule | DailySchedule:
    """Return when each run begins."""
    if schedule.at:
        return DailySchedule(schedule.at, schedule.timezone)
    return IntervalSchedule(timedelta(seconds=schedule.every or DEFAULT_EVERY))


def length_of(interval: float | str | None) -> timedelta | None:
    """Return the length of an interval in seconds; None: it is off, or not used beside `at`."""
    return timedelta(seconds=interval) if isinstance(interval, float) else None
