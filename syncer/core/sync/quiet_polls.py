"""Validate a batch in which most polls are quiet: equal numbers, in time, with nothing to decide. Pure.

Of ten thousand games some dozens change in an hour. For all others a comparison of the stored row with the
answer is enough; only what is not quiet is validated by the rules, and the same is stored as if all were.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from syncer.core.model.decision import (
    FIRST_NUMBER,
    BatchDecision,
    RejectionStreak,
    TargetRow,
    TargetState,
)
from syncer.core.model.mass_drop import MassDrop
from syncer.core.model.progress import GameId, ProgressResponse

from .mass_drop import fell_to_none
from .validation import PollContext, validate_batch

Streaks = Mapping[GameId, RejectionStreak]


def validate_rows(
    rows: Sequence[TargetRow],
    streaks: Streaks,
    response: ProgressResponse,
    context: PollContext,
    drop: MassDrop | None = None,
) -> BatchDecision:
    """Return what `validate_batch` returns for the targets of these rows, the quiet ones apart."""
    quiet, others = split(rows, streaks, response, context)
    states = states_of(others, streaks)
    if any(fell_to_none(state, response.games.get(state.target.game_id)) for state in states):
        # Whether they fell together depends on how many did not.
        quiet, states = [], states_of(rows, streaks)
    decision = validate_batch(states, response, context, drop)
    # A clock that is wrong by one target is wrong for all.
    return decision if decision.refused else replace(decision, quiet=quiet)


def states_of(rows: Sequence[TargetRow], streaks: Streaks) -> list[TargetState]:
    """Return the values of stored rows."""
    return [row.state(streaks.get(row.game_id)) for row in rows]


def split(
    rows: Sequence[TargetRow], streaks: Streaks, response: ProgressResponse, context: PollContext
) -> tuple[list[TargetRow], list[TargetRow]]:
    """Return the targets whose open snapshot the answer extends, and nothing else follows; and the others."""
    returned, promised, at = response.games, context.promise.seconds_after(context.at), context.at
    earliest = at - timedelta(seconds=promised) - context.gap_after  # before it, the poll is late
    quiet, others = list[TargetRow](), list[TargetRow]()
    for row in rows:
        is_quiet = (
            returned.get(row.game_id) == row[FIRST_NUMBER:]  # only an open snapshot has numbers
            and earliest <= row.last_seen_at < at
            and row.promised_seconds == promised
            and row.due_at is None
            and row.failures == 0
            and row.game_id not in streaks
        )
        (quiet if is_quiet else others).append(row)
    return quiet, others
