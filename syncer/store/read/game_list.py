"""All games of a player at once, for the page that lists, filters and sorts them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from syncer.core.formats.text import fold
from syncer.core.milestones.states import GameState, game_state
from syncer.core.model.progress import PROGRESS_COLUMNS, GameId, Progress
from syncer.store.db.account_tables import unlocks
from syncer.store.db.tables import IS_NEWEST, games, snapshots, targets

from .account import highest_awards
from .base import Reader, Row

t, g, s, u = targets.c, games.c, snapshots.c, unlocks.c


@dataclass(frozen=True, slots=True)
class ListedGame:
    """A game that is or was followed. `progress`: None before its first poll."""

    game_id: GameId
    title: str | None
    console_name: str | None
    removed_at: datetime | None
    last_unlocked_at: datetime | None
    progress: Progress | None
    state: GameState

    @property
    def percent(self) -> float:
        """How much of the set is unlocked."""
        possible = self.progress.num_possible_achievements if self.progress else 0
        return 100 * self.progress.num_achieved / possible if self.progress and possible else 0.0


class GameListQueries(Reader):
    """Every game that a player has or had as a target; times are UTC."""

    def all(self, player_id: int) -> list[ListedGame]:
        """Return the games, in the order of their ids."""
        with self._database.reading() as tx:
            awards = highest_awards(tx, player_id)
            return list(_listed(tx.execute(_games_query(player_id)), awards))

    def matching(self, player_id: int, words: str, limit: int | None = None) -> list[Row]:
        """Return the games with this id, or whose title contains the words, by title.

        Neither case nor accents count.
        """
        query = sa.select(t.game_id, g.title, g.console_name).join_from(targets, games, g.id == t.game_id)
        wanted = fold(words)
        found = [
            row
            for row in self._rows(query.where(t.player_id == player_id))
            if words == str(row["game_id"]) or wanted in fold(title_of(row))
        ]
        return sorted(found, key=lambda row: (fold(title_of(row)), row["game_id"]))[:limit]


def title_of(game: Row) -> str:
    title: str | None = game["title"]
    return title or f"Game {game['game_id']}"


def _games_query(player_id: int) -> sa.Select[Any]:
    # max() would go through all unlocks of the game.
    last = sa.select(u.unlocked_at).where(u.player_id == t.player_id, u.game_id == t.game_id)
    last = last.where(u.gone_at.is_(None)).order_by(u.unlocked_at.desc()).limit(1)
    return (
        sa.select(t.game_id, g.title, g.console_name, t.removed_at, last.scalar_subquery())
        .add_columns(*(s[name] for name in PROGRESS_COLUMNS))
        .join_from(targets, games, g.id == t.game_id)
        .outerjoin(snapshots, IS_NEWEST)
        .where(t.player_id == player_id)
        .order_by(t.game_id)
    )


def _listed(rows: Iterable[Any], awards: dict[GameId, str | None]) -> Iterable[ListedGame]:
    for game_id, title, console, removed_at, last, *numbers in rows:
        progress = Progress(*numbers) if numbers[0] is not None else None
        state = game_state(progress, awards.get(game_id))
        yield ListedGame(game_id, title, console, removed_at, last, progress, state)
