"""Validate a batch in which most polls are quiet: equal numbers, in time, with nothing to decide. Pure.

Of ten thousand games some dozens change in an hour. For all others a comparison of the stored numbers with
the answer is enough; only what is not quiet is validated by the rules, and the same is stored as if all were.
"""

from dataclasses import replace
from datetime import timedelta

from syncer.core.model.decision import BatchDecision, PollWindow
from syncer.core.model.progress import GameId, ProgressResponse
from syncer.core.ports import BatchWork

from .mass_drop import fell_to_none
from .validation import PollContext, validate_batch


def validate_polls(work: BatchWork, response: ProgressResponse, context: PollContext) -> BatchDecision:
    """Return what `validate_batch` returns for the targets of a batch, the quiet ones apart."""
    quiet = find_quiet(work, response, context)
    states = work.states(without=quiet)
    if any(fell_to_none(state, response.games.get(state.target.game_id)) for state in states):
        # Whether they fell together depends on how many did not.
        quiet, states = {}, work.states()
    decision = validate_batch(states, response, context, work.drop)
    # A clock that is wrong by one target is wrong for all.
    return decision if decision.refused else replace(decision, quiet=quiet)


def find_quiet(work: BatchWork, response: ProgressResponse, context: PollContext) -> dict[GameId, int]:
    """Return the targets whose open snapshot the answer extends, and nothing else follows; with its id."""
    returned, streaks, at = response.games, work.streaks, context.at
    promised = context.promise.seconds_after(at)
    window = PollWindow(at, at - timedelta(seconds=promised) - context.gap_after, promised)
    return {
        game_id: snapshot_id
        for game_id, snapshot_id, *numbers in work.in_time(window)
        if returned.get(game_id) == tuple(numbers) and game_id not in streaks
    }
