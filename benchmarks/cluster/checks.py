"""What must hold after an experiment: the rows of the database against what the site answered."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from itertools import pairwise

from syncer.core.model.progress import PROGRESS_COLUMNS
from syncer.store.admin.integrity import invariant_violations
from syncer.store.db.engine import Database

from .evidence import Evidence, Finding
from .message_checks import each_change_is_one_message, messages_are_doubled_by_kills_only
from .options import SCHEMA
from .site import Numbers, Target, most_in_a_minute

SEEN_WITHIN = timedelta(seconds=10)  # between the site's answer and the moment that is stored
AFTER_DISTURBANCE = 60.0  # seconds in which an answer may be lost with the process that read it
SNAPSHOTS = f"""
    SELECT p.config_name, s.game_id, s.first_seen_at, s.last_seen_at, s.is_open, {", ".join(PROGRESS_COLUMNS)}
    FROM snapshots s JOIN players p ON p.id = s.player_id ORDER BY s.id
"""  # noqa: S608
RUNS = """
    SELECT p.config_name, r.started_at, r.finished_at, r.outcome
    FROM runs r JOIN players p ON p.id = r.player_id ORDER BY r.id
"""
OPEN_RUNS = "SELECT player_id, started_at, trigger FROM runs WHERE outcome = 'running'"
UNLOCKS = """
    SELECT p.config_name, u.achievement_id, u.gone_at IS NULL
    FROM unlocks u JOIN players p ON p.id = u.player_id
"""
GAPS = "SELECT username, scope, game_id, started_at, ended_at FROM coverage_gaps"
LATE = "SELECT player_id, game_id, first_seen_at FROM snapshots WHERE after_gap"
JOBS = f"SELECT status::text, count(*) FROM {SCHEMA}.procrastinate_jobs GROUP BY 1 ORDER BY 1"  # noqa: S608


def all_targets_are_true(evidence: Evidence) -> Finding:
    """Compare the newest numbers of each target with the site's at the time of its last poll."""
    breaches, open_targets = [], set[Target]()
    for name, game, first, last, is_open, *numbers in evidence.rows(SNAPSHOTS):
        if is_open:
            open_targets.add((name, game))
        wrong = [at for at in (first, last) if tuple(numbers) not in true_states(evidence, (name, game), at)]
        breaches += [f"{name}, game {game}: {numbers} at {at:%T}" for at in wrong]
    o = evidence.options
    expected = {(name, game) for name in o.names for game in range(1, o.games + 1)}
    breaches += [f"{name}, game {game}: never polled" for name, game in sorted(expected - open_targets)]
    return Finding(
        "snapshots equal the site's numbers at their polls", breaches, f"{len(open_targets)} targets"
    )


def true_states(evidence: Evidence, target: Target, at: datetime) -> set[Numbers]:
    """Return the numbers of a target around a moment. The database's clock counts, which is the site's."""
    if target not in evidence.play.truth:
        return {evidence.play.numbers(target)}
    states = evidence.play.truth[target]
    until = [since for since, _ in states[1:]] + [at + 2 * SEEN_WITHIN]
    return {
        numbers
        for (since, numbers), end in zip(states, until, strict=True)
        if since <= at + SEEN_WITHIN and end >= at - SEEN_WITHIN
    }


def no_answered_state_is_lost(evidence: Evidence) -> Finding:
    """Find numbers that the site answered and that no snapshot has."""
    stored = defaultdict[Target, set[Numbers]](set)
    for name, game, _, _, _, *numbers in evidence.rows(SNAPSHOTS):
        stored[name, game].add(tuple(numbers))
    lost = [
        (target, numbers, at)
        for target, states in evidence.site.states.items()
        for numbers, at in states.items()
        if numbers not in stored[target]
    ]
    until = evidence.stopped_at - SEEN_WITHIN  # a stop ends the runs that are at work
    unexplained = [
        one for one in lost if one[2] < until and not evidence.disturber.explains(one[2], AFTER_DISTURBANCE)
    ]
    breaches = [f"{name}, game {game}: {numbers} of {at:%T}" for (name, game), numbers, at in unexplained]
    explained = len(lost) - len(breaches)
    note = (
        f"{len(evidence.site.states)} changing targets polled, {explained} lost in a disturbance or the stop"
    )
    return Finding("each state that the site answered is stored", breaches, note)


def promises_are_kept(evidence: Evidence) -> Finding:
    """List the gaps. In a disturbed experiment they are allowed only around a disturbance."""
    gaps = [
        f"{name}, {scope} {game or ''}: {begin:%T} to {end:%T}"
        for name, scope, game, begin, end in evidence.rows(GAPS)
    ]
    late = [f"player {player}, game {game}: late at {at:%T}" for player, game, at in evidence.rows(LATE)]
    intervals = sorted(intervals_of(evidence))
    note = "no second run"
    if intervals:
        middle, most = intervals[len(intervals) // 2], intervals[-1]
        p99 = intervals[int(len(intervals) * 0.99)]
        note = f"from run to run: median {middle:.1f}, 99 % {p99:.1f}, longest {most:.1f} s"
    return Finding(f"no gap beyond {evidence.options.gap_after:g} s", gaps + late, note)


def intervals_of(evidence: Evidence) -> list[float]:
    """Return the seconds between two runs of a player that were not interrupted, by their starts."""
    starts = defaultdict[str, list[datetime]](list)
    for name, started, _, outcome in evidence.rows(RUNS):
        if outcome in ("ok", "partial"):
            starts[name].append(started)
    return [(b - a).total_seconds() for one in starts.values() for a, b in pairwise(one)]


def no_run_twice_at_once(evidence: Evidence) -> Finding:
    """Find runs of a player that overlap, and requests of a key from two machines at once."""
    breaches = [f"{key}: {one} and {other}" for key, one, other in evidence.site.overlaps]
    runs = defaultdict[str, list[tuple[datetime, datetime, str]]](list)
    for name, started, finished, outcome in evidence.rows(RUNS):
        if finished and outcome != "interrupted":  # that one is closed by the next run, some time later
            runs[name].append((started, finished, outcome))
    for name, some in runs.items():
        breaches += [
            f"{name}: {a[0]:%T.%f} to {a[1]:%T.%f} and from {b[0]:%T.%f}"
            for a, b in pairwise(sorted(some))
            if b[0] < a[1]
        ]
    return Finding("no run twice at once", breaches, f"{sum(map(len, runs.values()))} runs")


def no_run_is_open(evidence: Evidence) -> Finding:
    breaches = [f"player {player}: since {started:%T}" for player, started, _ in evidence.rows(OPEN_RUNS)]
    return Finding("no run left open", breaches)


def no_player_is_forgotten(evidence: Evidence) -> Finding:
    """Find players without a finished run within two intervals before the end."""
    o = evidence.options
    since = evidence.stopped_at - timedelta(seconds=min(o.seconds, 2 * o.every + 30))
    recent = {
        name for name, started, _, outcome in evidence.rows(RUNS) if outcome == "ok" and started >= since
    }
    return Finding("no player is forgotten", sorted(set(o.names) - recent))


def budgets_are_kept(evidence: Evidence) -> Finding:
    o = evidence.options
    most = {key: most_in_a_minute(moments) for key, moments in evidence.site.arrivals.items()}
    breaches = [f"{key}: {count} in a minute" for key, count in most.items() if count > o.requests_per_minute]
    total = sum(map(len, evidence.site.arrivals.values()))
    note = f"at most {max(most.values(), default=0)} of {o.requests_per_minute} in a minute, {total} requests"
    return Finding("no key over its budget", breaches, note)


def unlocks_are_stored_once(evidence: Evidence) -> Finding:
    """Compare the stored unlocks with the site's; the primary key excludes a second current row."""
    if not evidence.options.unlocks:
        return Finding("each unlock stored once", [], "not read")
    stored = defaultdict[str, set[int]](set)
    breaches = []
    for name, achievement, is_current in evidence.rows(UNLOCKS):
        stored[name].add(achievement)
        breaches += [] if is_current else [f"{name}: {achievement} is gone"]
    world, last = evidence.play.world, last_starts(evidence)
    for name in evidence.options.names:
        unlocks = world.unlock_table.of(world.accounts.require(name))
        breaches += [
            f"{name}: {achievement.id} of {unlock.at:%T} is missing"
            for _, achievement, unlock in unlocks
            if achievement.id not in stored[name] and name in last and unlock.at < last[name] - SEEN_WITHIN
        ]
        true = {achievement.id for _, achievement, _ in unlocks}
        breaches += [f"{name}: {one} does not exist" for one in sorted(stored[name] - true)]
    return Finding("each unlock stored once", breaches, f"{sum(map(len, stored.values()))} unlocks")


def last_starts(evidence: Evidence) -> dict[str, datetime]:
    """Return when the last complete run of each player began."""
    return {name: started for name, started, _, outcome in evidence.rows(RUNS) if outcome == "ok"}


def history_is_sound(evidence: Evidence) -> Finding:
    with closing(Database(evidence.url)) as database:
        return Finding("syncer db check", invariant_violations(database))


def all_jobs_have_ended(evidence: Evidence) -> Finding:
    if not evidence.options.workers:
        return Finding("no job is left", [], "no queue")
    jobs = dict(evidence.rows(JOBS))
    left = [
        f"{count} jobs {status}" for status, count in jobs.items() if status in ("doing", "failed", "aborted")
    ]
    return Finding("no job is left in work or failed", left, f"{jobs}")


def all_stop_by_themselves(evidence: Evidence) -> Finding:
    breaches = [f"{name}: exit {code}" for name, (code, _) in evidence.exits.items() if code != 0]
    longest = max((seconds for _, seconds in evidence.exits.values()), default=0.0)
    return Finding("each process stops when asked", breaches, f"within {longest:.1f} s")


CHECKS: Sequence[Callable[[Evidence], Finding]] = (
    promises_are_kept,
    all_targets_are_true,
    no_answered_state_is_lost,
    budgets_are_kept,
    no_run_twice_at_once,
    no_run_is_open,
    no_player_is_forgotten,
    unlocks_are_stored_once,
    each_change_is_one_message,
    messages_are_doubled_by_kills_only,
    history_is_sound,
    all_jobs_have_ended,
    all_stop_by_themselves,
)
