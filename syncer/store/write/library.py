"""Write what the backfill has read: the library and the unlocks."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from syncer.core.backfill.consistency import next_pages
from syncer.core.backfill.windows import removed_unlocks, unlisted_unlocks
from syncer.core.library_ports import UnreadableRowStore
from syncer.core.model.consistency import ListReading
from syncer.core.model.job import JobKind
from syncer.core.model.library import (
    GameUnlocks,
    PlayedGame,
    SourcedUnlock,
    StoredUnlock,
    UnlockPage,
    Window,
)
from syncer.core.model.player import Player
from syncer.core.model.progress import GameId
from syncer.core.model.restoration import UnconfirmedGame
from syncer.core.notifications.model import NO_RECIPIENTS, Recipients
from syncer.store.db.engine import Database
from syncer.store.db.tables import games, players, targets
from syncer.store.db.upsert import insert_or_ignore
from syncer.store.read.consistency import missing_unlock_count, unconfirmed_games
from syncer.store.read.play import games_to_time
from syncer.store.read.unlock_status import SnapshotCounts, newest_snapshot
from syncer.store.read.unlock_sums import account_is_empty

from .account import save_awards
from .consistency import ConsistencyWriter, save_game_reading, save_list_end, save_list_position
from .game_infos import save_game_infos
from .jobs import save_job
from .notifications import enqueue_for_awards, enqueue_for_decided
from .play import save_playtime
from .restoration import decide_with_numbers, decide_with_unlocks
from .targets import follow, followed
from .unlocks import mark_gone, unlocks_of_game, unlocks_of_window, upsert_unlocks
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
        self.consistency = ConsistencyWriter(database)

    # Library

    def save_library(self, player: Player, played: Sequence[PlayedGame], follows: bool, at: datetime) -> None:
        """Store the awards of a listing. `follows`: it is complete, and each of its games is followed.

        A game that left the listing is still followed; its zeros are no progress (site-api.md 5.3).
        """
        with self._database.writing() as tx:
            if follows:
                save_game_infos(tx, [game.info for game in played], at)
                follow(tx, player.id, [game.game_id for game in played], at)
                save_job(tx, player.id, JobKind.LISTING_WHOLE, last_at=at)
            known = set(followed(tx, player.id))
            if self._recipients.services:  # reads the awards before they are updated
                news = [game for game in played if game.game_id in known]
                enqueue_for_awards(tx, self._recipients, player, news, at)
            # Titles of games that are not followed only where there is an award to be named.
            awarded = [game.info for game in played if game.award_kind and game.game_id not in known]
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
        follows: bool,
        at: datetime,
        *,
        is_reread: bool = False,
        list_reading: ListReading | None = None,
    ) -> int:
        """Store a page of unlocks; return how many were new. `follows`: follow their games.

        `is_reread`: it does not move how far the unlocks are known. `list_reading`: the reading of all
        unlocks that goes on after this page.
        """
        with self._database.writing() as tx:
            save_game_infos(tx, answer.games, at)
            ids = list(dict.fromkeys(row.game_id for row in answer.rows))
            if ids:
                tx.execute(insert_or_ignore(tx, games), [{"id": game_id} for game_id in ids])
            if follows:
                follow(tx, player.id, ids, at)
            before = unlocks_of_window(tx, player.id, covered)
            added = upsert_unlocks(tx, player.id, rows, at)
            may_be_empty = bool(list_reading) and not answer.rows and account_is_empty(tx, player.id)
            removed = removed_unlocks(before, answer, covered, may_be_empty=may_be_empty)
            mark_gone(tx, player.id, removed, at)
            is_whole = save_reading(tx, player.id, answer, covered, at)
            if list_reading:
                save_list_position(tx, player.id, next_pages(list_reading, covered), at)
            elif is_whole:
                save_list_end(tx, player.id, at)
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
        *,
        is_repair: bool = True,
    ) -> bool:
        """Store all unlocks of one game if they agree with what is known of it; return whether they do.

        A game that is not followed has no snapshot: then the answer must show some stored unlock. One that
        disagrees lags, or is about another player; of an answer with unlocks that cannot be parsed, the
        others are stored. `answer` is None for an empty one: a game that was deleted. `is_repair`: it was
        read because they differed, so that one that still differs waits.
        """
        with self._database.writing() as tx:
            save_playtime(tx, player.id, game_id, answer.playtime if answer else None, at)
            newest = newest_snapshot(tx, player.id, game_id)
            stored = unlocks_of_game(tx, player.id, game_id)
            # Of a game that is no longer followed, the last snapshot may still hold undecided rises.
            last = newest or newest_snapshot(tx, player.id, game_id, is_removed=True)
            decides = last is not None and _agrees(last, stored, answer)
            is_accepted = decides or _agrees(newest, stored, answer)
            if answer and answer.unreadable:
                # What can be read is stored if it fits; the others may be those that seem to be gone.
                if newest and all(n <= most for n, most in zip(answer.counts(), newest.counts, strict=True)):
                    save_game_infos(tx, [answer.info], at)
                    upsert_unlocks(tx, player.id, rows, at)
                is_accepted = False
            elif is_accepted:
                decided = decide_with_unlocks(tx, player.id, game_id, rows) if decides else ()
                _save_game(tx, player, game_id, answer, rows, at)
                enqueue_for_decided(tx, self._recipients, player.id, decided, at)
            numbers = newest.numbers if newest else ()
            if is_repair or is_accepted:
                save_game_reading(tx, player.id, game_id, numbers, at, is_accepted=is_accepted)
            return is_accepted and (decides or last is None)

    def games_to_time(self, player: Player, since: datetime, limit: int) -> list[GameId]:
        """Return games whose last session ended since then, and whose playtime was not read after it."""
        with self._database.reading() as tx:
            return games_to_time(tx, player.id, since, limit)

    def save_playtime(self, player: Player, game_id: GameId, seconds: int, at: datetime) -> None:
        """Store how long a game was played in all, by the site."""
        with self._database.writing() as tx:
            save_playtime(tx, player.id, game_id, seconds, at)

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

    # What is missing

    def missing_unlock_count(self, player: Player) -> int:
        """Return how many unlocks the newest numbers show that are not stored."""
        with self._database.reading() as tx:
            return missing_unlock_count(tx, player.id)


def _update_player(tx: sa.Connection, player: Player, **values: datetime | None) -> None:
    tx.execute(players.update().where(players.c.id == player.id).values(**values))


def _agrees(
    newest: SnapshotCounts | None, stored: Sequence[StoredUnlock], answer: GameUnlocks | None
) -> bool:
    """Return whether the answer about a game agrees with its newest snapshot, or with a stored unlock."""
    if newest is None:
        shown = {(row.achievement_id, row.hardcore, row.unlocked_at) for row in answer.rows} if answer else ()
        return any((row.achievement_id, row.hardcore, row.unlocked_at) in shown for row in stored)
    if answer is None:
        return (*newest.counts, newest.possible) == NO_ACHIEVEMENTS
    return answer.counts() == newest.counts


def _save_game(
    tx: sa.Connection,
    player: Player,
    game_id: GameId,
    answer: GameUnlocks | None,
    rows: Sequence[SourcedUnlock],
    at: datetime,
) -> None:
    """Store the unlocks of a game, its award, and that it was read."""
    save_game_infos(tx, [answer.info] if answer else [], at)
    upsert_unlocks(tx, player.id, rows, at)
    received = answer.rows if answer else ()
    mark_gone(tx, player.id, unlisted_unlocks(unlocks_of_game(tx, player.id, game_id), received), at)
    if answer and answer.award:
        save_awards(tx, player.id, [answer.award], at, proves=True)
    target = sa.and_(targets.c.player_id == player.id, targets.c.game_id == game_id)
    tx.execute(targets.update().where(target).values(unlocks_synced_at=at))
