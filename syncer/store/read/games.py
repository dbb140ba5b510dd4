"""Games: by title, without a title, without achievements."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from syncer.core.formats.similar import most_similar
from syncer.core.formats.text import fold
from syncer.core.model.library import GameTitle
from syncer.core.model.progress import GameId
from syncer.store.db.tables import EVENTS, IS_OPEN, NAMELESS, consoles, games, snapshots, targets

from .backfill import outdated_titles
from .base import Reader


def outdated_consoles(tx: sa.Connection, listed_before: datetime) -> list[int] | None:
    """Return the consoles whose games were not listed since then, by id. None: no console is known."""
    late = sa.or_(consoles.c.games_listed_at.is_(None), consoles.c.games_listed_at < listed_before)
    systems = consoles.c.is_game_system
    found = list(tx.scalars(sa.select(consoles.c.id).where(systems, late).order_by(consoles.c.id)))
    # Without this, no console stored would read as no console outdated, and none would ever be requested.
    known = tx.scalar(sa.select(sa.func.count()).select_from(consoles).where(systems))
    return found if known else None


class GameQueries(Reader):
    """Games of all players; times are UTC."""

    def find(self, words: str, limit: int) -> list[tuple[GameId, str]]:
        """Return ids and titles of the games whose title contains the words; an equal title wins.

        Neither case nor accents count.
        """
        titled = self._titled()
        # Compared in Python, because lower() and LIKE of SQLite know the case of ASCII letters only.
        wanted = fold(words)
        equal = [game for game in titled if fold(game[1]) == wanted]
        return (equal or [game for game in titled if wanted in fold(game[1])])[:limit]

    def similar(self, words: str, limit: int) -> list[tuple[GameId, str]]:
        """Return ids and titles of the games whose title is most like the words, the nearest first."""
        titled = self._titled()
        return [titled[number] for number in most_similar(words, [title for _, title in titled], limit)]

    def _titled(self) -> list[tuple[GameId, str]]:
        query = sa.select(games.c.id, games.c.title).where(games.c.title.is_not(None))
        with self._database.reading() as tx:
            rows = tx.execute(query.order_by(games.c.title, games.c.id))
            return [(row.id, row.title) for row in rows]

    def events(self, game_ids: Collection[GameId]) -> list[GameId]:
        """Return those of the games that are events or hubs."""
        with self._database.reading() as tx:
            return [game_id for game_id in tx.scalars(EVENTS.order_by(games.c.id)) if game_id in game_ids]

    def untitled_count(self, game_ids: Collection[GameId]) -> int:
        """Return how many of the games have no title and were never asked for one."""
        # A set difference, because the games of a plan may not be stored yet: these have no title either.
        titled = sa.select(games.c.id).where(sa.not_(NAMELESS))
        with self._database.reading() as tx:
            return len(set(game_ids) - set(tx.scalars(titled)))

    def outdated_titles(self, player_id: int, read_before: datetime) -> list[GameTitle]:
        """Return the followed games whose title was read before, and not since then."""
        with self._database.reading() as tx:
            return [title for title in outdated_titles(tx, player_id, read_before) if title.read_at]

    def outdated_consoles(self, listed_before: datetime) -> list[int] | None:
        """Return the consoles whose games were not listed since then, by id. None: no console is known."""
        with self._database.reading() as tx:
            return outdated_consoles(tx, listed_before)

    def without_achievements(self, player_id: int, *, source: str | None = None) -> list[GameId]:
        """Return followed games that show no achievements: no such game, or no set (site-api.md 5.1).

        `source` narrows them: a played game is no typing error, it lost its set.
        """
        s, t = snapshots.c, targets.c
        same = sa.and_(t.player_id == s.player_id, t.game_id == s.game_id)
        query = sa.select(s.game_id).join(targets, same).order_by(s.game_id)
        query = query.where(s.player_id == player_id, IS_OPEN, t.removed_at.is_(None))
        query = query.where(t.source == source) if source else query
        with self._database.reading() as tx:
            return list(tx.scalars(query.where(s.num_possible_achievements == 0)))
