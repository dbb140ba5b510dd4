"""What the accepted polls of a batch have moved. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from syncer.core.model.decision import Decision, TargetState, Verdict
from syncer.core.model.progress import Progress


def rose(states: Sequence[TargetState], decisions: Sequence[Decision]) -> bool:
    """Return whether some count of achievements rose: the player plays."""
    return any(
        now.num_achieved > before.num_achieved or now.num_achieved_hardcore > before.num_achieved_hardcore
        for before, now in _changes(states, decisions)
    )


def counts_moved(states: Sequence[TargetState], decisions: Sequence[Decision]) -> bool:
    """Return whether there are unlocks to read: a count moved, or a poll is the first one, or after a gap."""
    if any(d.verdict is Verdict.NEW or d.after_gap for d in decisions):
        return True
    return any(
        (now.num_achieved, now.num_achieved_hardcore) != (before.num_achieved, before.num_achieved_hardcore)
        for before, now in _changes(states, decisions)
    )


def keep_failures(states: Sequence[TargetState], decisions: Sequence[Decision]) -> tuple[Decision, ...]:
    """Return the decisions about a probe, which leave the back-off of targets that fail otherwise.

    GetUserProgress may still fail for them: an end of the back-off would send it again and again.
    """
    failing = {state.target.game_id: state.target for state in states if state.target.failures}
    return tuple(
        replace(d, failures=target.failures, due_at=target.due_at)
        if d.verdict.is_accepted and (target := failing.get(d.game_id))
        else d
        for d in decisions
    )


def _changes(
    states: Sequence[TargetState], decisions: Sequence[Decision]
) -> Iterator[tuple[Progress, Progress]]:
    """Yield the numbers before and after each change that was accepted."""
    before = {state.target.game_id: state.open.progress for state in states if state.open}
    for d in decisions:
        if d.verdict is Verdict.CHANGED and d.progress and d.game_id in before:
            yield before[d.game_id], d.progress
