"""Write the titles and the consoles of games."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from syncer.core.model.library import ConsoleInfo, GameInfo, GameTitle
from syncer.core.model.player import Player
from syncer.core.model.progress import GameId
from syncer.store.db.engine import Database
from syncer.store.db.tables import consoles, games
from syncer.store.db.upsert import insert_or_ignore
from syncer.store.read.backfill import outdated_titles
from syncer.store.read.games import outdated_consoles

from .event_games import mark_events
from .game_infos import save_game_infos


class TitleWriter:
    """The core's TitleStore in SQL.

    Each method is one transaction, may raise StoreError, and changes nothing when it is repeated.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def save_consoles(self, received: Sequence[ConsoleInfo]) -> None:
        """Add the consoles, and note which games are events or hubs: these are no game systems."""
        rows = [{"id": c.console_id, "name": c.name, "is_game_system": c.is_game_system} for c in received]
        with self._database.writing() as tx:
            if rows:
                tx.execute(insert_or_ignore(tx, consoles), rows)
                mark_events(tx)

    def save_console_games(self, console_id: int, listed: Sequence[GameInfo], at: datetime) -> None:
        """Store the titles of the listed games that are in the database; the others are dropped."""
        by_id = {info.game_id: info for info in listed}
        with self._database.writing() as tx:
            known = [by_id[game_id] for game_id in tx.scalars(sa.select(games.c.id)) if game_id in by_id]
            save_game_infos(tx, known, at)
            tx.execute(consoles.update().where(consoles.c.id == console_id).values(games_listed_at=at))

    def save_titles(self, titled: Sequence[GameInfo], without_title: Sequence[GameId], at: datetime) -> None:
        """Store titles that were requested; games without one are not requested again for some time."""
        with self._database.writing() as tx:
            save_game_infos(tx, titled, at)
            if without_title:
                tx.execute(games.update().where(games.c.id.in_(without_title)).values(updated_at=at))

    def outdated_titles(self, player: Player, read_before: datetime) -> list[GameTitle]:
        """Return the followed games whose title was not read since then, those never requested first."""
        with self._database.reading() as tx:
            return outdated_titles(tx, player.id, read_before)

    def outdated_consoles(self, listed_before: datetime) -> list[int] | None:
        """Return the consoles whose games were not listed since then; None: no console is known."""
        with self._database.reading() as tx:
            return outdated_consoles(tx, listed_before)
