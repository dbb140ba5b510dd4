"""All games of a player at once, for the page that lists, filters and sorts them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from syncer.core.account.awards import highest_award
from syncer.core.formats.text import fold
from syncer.core.milestones.states import GameState, game_state
from syncer.core.model.progress import PROGRESS_COLUMNS, GameId, Progress
from syncer.store.db.account_tables import awards, unlocks
from syncer.store.db.tables import IS_NEWEST, counts, games, snapshots, targets

from .base import Reader, Row
from .game_states import last_unlock

t, g, s, u, a = targets.c, games.c, snapshots.c, unlocks.c, awards.c


@dataclass(frozen=True, slots=True)
class ListedGame:
    """A game that is or was followed.

    `progress`: None before its first poll. `is_event`: no sum counts it.
    """

    game_id: GameId
    title: str | None
    console_name: str | None
    is_event: bool
    removed_at: datetime | None
    last_unlocked_at: datetime | None
    progress: Progress | None
    state: GameState

    @property
    def percent(self) -> float:
        """How much of the set is unlocked; 100 while the site recounts, when more may be than is possible."""
        possible = self.progress.num_possible_achievements if self.progress else 0
        return min(100.0, 100 * self.progress.num_achieved / possible) if self.progress and possible else 0.0


class GameListQueries(Reader):
    """Every game that a player has or had as a target; times are UTC."""

    def all(self, player_id: int) -> list[ListedGame]:
        """Return the games, in the order of their ids."""
        with self._database.reading() as tx:
            best = _awards(tx, player_id)
            return list(_listed(tx.execute(_games_query(player_id)), best))

    def nearest(self, player_id: int, limit: int, *, hardcore: bool) -> list[Row]:
        """Return the followed games nearest to mastery, or in softcore to completion, the nearest first.

        `left`: how many achievements are missing. Of equal shares the one with fewer missing comes first.
        """
        got = s.num_achieved_hardcore if hardcore else s.num_achieved
        left = s.num_possible_achievements - got
        query = (
            sa.select(t.game_id, g.title, g.console_name, left.label("left"))
            .add_columns(*(s[name] for name in PROGRESS_COLUMNS))
            .join_from(targets, snapshots, IS_NEWEST)
            .join(games, g.id == t.game_id)
            .where(t.player_id == player_id, t.removed_at.is_(None), got > 0, left > 0, counts(t.game_id))
            .order_by((got * 1.0 / s.num_possible_achievements).desc(), left, t.game_id)
        )
        return self._rows(query.limit(limit))

    def matching(self, player_id: int, words: str, limit: int | None = None) -> list[Row]:
        """Return the games with this id, or whose title contains the words, by title.

        Neither case nor accents count.
        """
        query = sa.select(t.game_id, g.title, g.console_name).join_from(targets, games, g.id == t.game_id)
        wanted = fold(words)
        with self._database.reading() as tx:
            # Folded once, and rows made of those that match only: a library has thousands of games.
            rows = tx.execute(query.where(t.player_id == player_id))
            named = (
                (fold(title or f"Game {game_id}"), game_id, title, name) for game_id, title, name in rows
            )
            found = [row for row in named if words == str(row[1]) or wanted in row[0]]
        found.sort(key=lambda row: row[:2])
        return [
            {"game_id": game_id, "title": title, "console_name": name}
            for _, game_id, title, name in found[:limit]
        ]


def _games_query(player_id: int) -> sa.Select[Any]:
    last = last_unlock(u.gone_at.is_(None))
    return (
        sa.select(t.game_id, g.title, g.console_name, g.is_event, t.removed_at, last)
        .add_columns(*(s[name] for name in PROGRESS_COLUMNS))
        .join_from(targets, games, g.id == t.game_id)
        .outerjoin(snapshots, IS_NEWEST)
        .where(t.player_id == player_id)
        .order_by(t.game_id)
    )


def _listed(rows: Iterable[Any], best: dict[GameId, str]) -> Iterable[ListedGame]:
    for game_id, title, console, is_event, removed_at, last, *numbers in rows:
        progress = Progress(*numbers) if numbers[0] is not None else None
        state = state_of(progress, best.get(game_id))
        yield ListedGame(game_id, title, console, is_event, removed_at, last, progress, state)


def _awards(tx: sa.Connection, player_id: int) -> dict[GameId, str]:
    """Return the highest award of each game that has one."""
    query = sa.select(a.game_id, a.kind).where(a.player_id == player_id, a.gone_at.is_(None))
    found: dict[GameId, str] = {}
    for game_id, kind in tx.execute(query):
        found[game_id] = highest_award((found[game_id], kind)) or kind if game_id in found else kind
    return found


def state_of(progress: Progress | None, award: str | None) -> GameState:
    """Return what game_state() returns, in a third of the time for thousands of games."""
    return _state(award, _shape(progress) if progress else None)


def _shape(progress: Progress) -> Progress:
    """Return numbers with the same state as these: thousands of games have few of them."""
    possible, _, achieved, _, hardcore, _ = progress
    if not possible:
        return Progress(0, 0, min(1, achieved), 0, 0, 0)
    return Progress(2, 0, 2 if achieved >= possible else min(1, achieved), 0, 2 * (hardcore >= possible), 0)


@cache
def _state(award: str | None, shape: Progress | None) -> GameState:
    return game_state(shape, award)
