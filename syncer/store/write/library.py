"""Write what the backfill has read: the library and the unlocks."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from syncer.core.backfill.windows import removed_unlocks, unlisted_unlocks
from syncer.core.model.library import (
    GameUnlocks,
    PlayedGame,
    SourcedUnlock,
    UnlockPage,
    Window,
)
from syncer.core.model.player import Player
from syncer.core.model.progress import GameId
from syncer.core.model.restoration import UnconfirmedGame
from syncer.core.notifications.model import NO_RECIPIENTS, Recipients
from syncer.core.ports import UnreadableRowStore
from syncer.store.db.engine import Database
from syncer.store.db.tables import EVENTS, IS_OPEN, games, players, snapshots, targets
from syncer.store.db.upsert import insert_or_ignore
from syncer.store.read.backfill import profile_exceeds_unlocks
from syncer.store.read.consistency import games_to_reread, missing_unlock_count, unconfirmed_games

from .account import save_awards
from .game_infos import save_game_infos
from .notifications import enqueue_for_awards, enqueue_for_decided
from .restoration import decide_with_numbers, decide_with_unlocks
from .unlocks import complete_rows, mark_gone, unlocks_of_game, unlocks_of_window, upsert_unlocks
from .unreadable_rows import UnreadableRowWriter
from .visibility import save_reading

NO_ACHIEVEMENTS = (0, 0, 0)  # achieved, in hardcore, possible: the numbers of a deleted game


class LibraryWriter:
    """The core's LibraryStore in SQL.

    Each method is one transaction, may raise StoreError, and changes nothing when it is repeated.
    """

    def __init__(self, database: Database, recipients: Recipients = NO_RECIPIENTS) -> None:
        self._database, self._recipients = database, recipients
        self.unreadable_rows: UnreadableRowStore = UnreadableRowWriter(database)

    # Library

    def save_library(
        self, player: Player, played: Sequence[PlayedGame], seconds: int | None, at: datetime
    ) -> None:
        """Store the awards of a listing; with `seconds`, it is complete: follow each game at that interval.

        A game that left the listing is still followed; its zeros are no progress (site-api.md 5.3).
        """
        with self._database.writing() as tx:
            if seconds is not None:
                save_game_infos(tx, [game.info for game in played], at)
                _follow(tx, player.id, [game.game_id for game in played], seconds, at)
            followed = _followed(tx, player.id)
            if self._recipients.services:  # reads the awards before they are updated
                news = [game for game in played if game.game_id in followed]
                enqueue_for_awards(tx, self._recipients, player, news, at)
            # Titles of games that are not followed only where there is an award to be named.
            awarded = [game.info for game in played if game.award_kind and game.game_id not in followed]
            save_game_infos(tx, awarded, at)
            save_awards(tx, player.id, [game.award for game in played if game.is_award_known], at)
            _update_player(tx, player, library_synced_at=at)

    # Unlocks

    def save_unlocks(
        self,
        player: Player,
        answer: UnlockPage,
        rows: Sequence[SourcedUnlock],
        covered: Window,
        seconds: int | None,
        at: datetime,
        *,
        is_reread: bool = False,
    ) -> int:
        """Store a page of unlocks; return how many were new. With `seconds`, follow their games.

        `is_reread`: it does not move how far the unlocks are known.
        """
        with self._database.writing() as tx:
            save_game_infos(tx, answer.games, at)
            ids = list(dict.fromkeys(row.game_id for row in answer.rows))
            if ids:
                tx.execute(insert_or_ignore(tx, games), [{"id": game_id} for game_id in ids])
            if seconds is not None:
                _follow(tx, player.id, ids, seconds, at)
            before = unlocks_of_window(tx, player.id, covered)
            added = upsert_unlocks(tx, player.id, rows, at)
            mark_gone(tx, player.id, removed_unlocks(before, answer, covered), at)
            save_reading(tx, player.id, answer, covered, at)
            if not is_reread:
                _update_player(tx, player, unlocks_synced_until=covered.end)
            return added

    def save_game_unlocks(
        self,
        player: Player,
        game_id: GameId,
        answer: GameUnlocks | None,
        rows: Sequence[SourcedUnlock],
        at: datetime,
    ) -> bool:
        """Store all unlocks of one game if they agree with its newest numbers; return whether they do.

        Otherwise one of the two lags, or the answer is about another player; of an answer with unlocks that
        cannot be parsed, the others are stored. `answer` is None for an empty one: a game that was deleted.
        """
        received = answer.rows if answer else ()
        with self._database.writing() as tx:
            counts = answer.counts() if answer else NO_ACHIEVEMENTS
            newest = _newest_counts(tx, player.id, game_id, with_possible=answer is None)
            if answer and answer.unreadable:
                # What can be read is stored if it fits; the others may be those that seem to be gone.
                if newest and all(n <= most for n, most in zip(counts, newest, strict=True)):
                    save_game_infos(tx, [answer.info], at)
                    upsert_unlocks(tx, player.id, rows, at)
                return False
            if counts != newest:
                return False
            save_game_infos(tx, [answer.info] if answer else [], at)
            decided = decide_with_unlocks(tx, player.id, game_id, complete_rows(tx, player.id, rows))
            upsert_unlocks(tx, player.id, rows, at)
            removed = unlisted_unlocks(unlocks_of_game(tx, player.id, game_id), received)
            mark_gone(tx, player.id, removed, at)
            if answer and answer.award:
                save_awards(tx, player.id, [answer.award], at, proves=True)
            target = sa.and_(targets.c.player_id == player.id, targets.c.game_id == game_id)
            tx.execute(targets.update().where(target).values(unlocks_synced_at=at))
            enqueue_for_decided(tx, self._recipients, player.id, decided, at)
            return True

    def unconfirmed_games(self, player: Player) -> list[UnconfirmedGame]:
        """Return the games with rises that are not decided, the oldest first."""
        with self._database.reading() as tx:
            return unconfirmed_games(tx, player.id)

    def decide_by_numbers(self, player: Player, games: Sequence[GameId], at: datetime) -> None:
        """Decide the rises of these games without unlocks."""
        with self._database.writing() as tx:
            for game_id in games:
                decided = decide_with_numbers(tx, player.id, game_id)
                enqueue_for_decided(tx, self._recipients, player.id, decided, at)

    def restart_unlock_sync(self, player: Player, at: datetime) -> None:
        """Make the next run read all unlocks again."""
        with self._database.writing() as tx:
            _update_player(tx, player, unlocks_synced_until=None, unlocks_resync_at=at)

    # What is missing

    def missing_unlock_count(self, player: Player) -> int:
        """Return how many unlocks the newest numbers show that are not stored."""
        with self._database.reading() as tx:
            return missing_unlock_count(tx, player.id)

    def profile_exceeds_unlocks(self, player: Player, at: datetime) -> bool:
        """Return whether the profile shows more points than all unlocks add up to; at most once a week."""
        with self._database.reading() as tx:
            return profile_exceeds_unlocks(tx, player.id, at)

    def mismatched_games(self, player: Player, at: datetime) -> list[GameId]:
        """Return the games whose unlocks and numbers differ and are to be read again."""
        with self._database.reading() as tx:
            return games_to_reread(tx, player.id, at)


def _update_player(tx: sa.Connection, player: Player, **values: datetime | None) -> None:
    tx.execute(players.update().where(players.c.id == player.id).values(**values))


def _follow(tx: sa.Connection, player_id: int, ids: Sequence[GameId], seconds: int, at: datetime) -> None:
    """Make targets of the games; events and hubs are no games that are played."""
    target = {"player_id": player_id, "source": "played", "added_at": at, "due_at": at, "failures": 0}
    events = set(tx.scalars(EVENTS.where(games.c.id.in_(ids))))
    followed = [game_id for game_id in ids if game_id not in events]
    rows = [{**target, "game_id": game_id, "interval_seconds": seconds} for game_id in followed]
    if rows:
        tx.execute(insert_or_ignore(tx, targets), rows)


def _followed(tx: sa.Connection, player_id: int) -> set[GameId]:
    active = sa.and_(targets.c.player_id == player_id, targets.c.removed_at.is_(None))
    return set(tx.scalars(sa.select(targets.c.game_id).where(active)))


def _newest_counts(
    tx: sa.Connection, player_id: int, game_id: GameId, *, with_possible: bool
) -> tuple[int, ...] | None:
    """Return the counts of the newest snapshot: achieved, in hardcore and, if wanted, possible."""
    s = snapshots.c
    counts = [s.num_achieved, s.num_achieved_hardcore, *([s.num_possible_achievements] * with_possible)]
    query = sa.select(*counts).where(s.player_id == player_id, s.game_id == game_id, IS_OPEN)
    row = tx.execute(query).one_or_none()
    return tuple(row) if row else None
