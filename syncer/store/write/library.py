"""Writing what else is learned of a player: played games, titles and unlocks."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from syncer.core.backfill.windows import COUNT_LAG, REREAD_AFTER, missing_unlocks, removed_unlocks
from syncer.core.model.library import (
    ConsoleInfo,
    GameInfo,
    GameUnlocks,
    PlayedGame,
    SourcedUnlock,
    StoredUnlock,
    Unlock,
    UnlockPage,
    Window,
)
from syncer.core.model.player import Player
from syncer.core.model.progress import GameId
from syncer.core.notifications.model import NO_RECIPIENTS, Recipients
from syncer.store.db.engine import Database
from syncer.store.db.tables import (
    IS_OPEN,
    NAMELESS,
    consoles,
    game_titles,
    games,
    players,
    snapshots,
    targets,
    unlocks,
)
from syncer.store.db.upsert import insert_or_ignore
from syncer.store.read.consistency import games_to_reread, missing_unlock_count
from syncer.store.read.games import outdated_consoles

from .notifications import enqueue_for_awards


class LibraryWriter:
    """Each method is one transaction, and may be called twice with the same: nothing is doubled."""

    def __init__(self, database: Database, audience: Recipients = NO_RECIPIENTS) -> None:
        self._database, self._audience = database, audience

    def save_library(self, player: Player, played: Sequence[PlayedGame], seconds: int, at: datetime) -> None:
        """The listing of played games was read whole: each is followed, with its award.

        What left the listing stays followed, and its zeros are never taken for progress (site-api.md 5.3).
        """
        with self._database.writing() as tx:
            _name(tx, [game.info for game in played], at)
            _follow(tx, player.id, [g.game_id for g in played], seconds, at)
            if self._audience.services:
                enqueue_for_awards(tx, self._audience, player, played, at)
            if awards := [_award(player.id, g) for g in played]:
                tx.execute(AWARD, awards)
            tx.execute(players.update().where(players.c.id == player.id).values(library_synced_at=at))

    def save_unlocks(
        self,
        player: Player,
        answer: UnlockPage,
        rows: Sequence[SourcedUnlock],
        covered: Window,
        seconds: int | None,
        at: datetime,
    ) -> int:
        """Store an answer about unlocks; how many were new. With `seconds`, their games are followed."""
        with self._database.writing() as tx:
            _name(tx, answer.games, at)
            ids = list(dict.fromkeys(row.game_id for row in answer.rows))
            if ids:
                tx.execute(insert_or_ignore(tx, games), [{"id": game_id} for game_id in ids])
            if seconds is not None:
                _follow(tx, player.id, ids, seconds, at)
            before = _stored(tx, player.id, covered)
            added = _keep(tx, player.id, rows, at)
            _mark_gone(tx, player.id, removed_unlocks(before, answer, covered), at)
            tx.execute(
                players.update().where(players.c.id == player.id).values(unlocks_synced_until=covered.end)
            )
            return added

    def missing_unlock_count(self, player: Player) -> int:
        """How many unlocks the newest numbers show, and nothing has told yet."""
        with self._database.reading() as tx:
            return missing_unlock_count(tx, player.id)

    def profile_exceeds_unlocks(self, player: Player, at: datetime) -> bool:
        """Whether the profile told of more points than all unlocks come to; at most once a week."""
        p, u = players.c, unlocks.c
        due = sa.or_(p.unlocks_resync_at.is_(None), p.unlocks_resync_at < at - REREAD_AFTER)
        settled = sa.and_(p.unlocks_synced_until.is_not(None), p.profile_checked_at < at - COUNT_LAG, due)
        told = sa.select(p.total_points + p.total_softcore_points).where(p.id == player.id, settled)
        one = sa.select(sa.func.max(u.points).label("points")).where(u.player_id == player.id)
        each = one.where(u.gone_at.is_(None)).group_by(u.achievement_id).subquery()
        with self._database.reading() as tx:
            said = tx.scalar(told)
            return said is not None and said > (tx.scalar(sa.select(sa.func.sum(each.c.points))) or 0)

    def restart_unlock_sync(self, player: Player, at: datetime) -> None:
        again = {"unlocks_synced_until": None, "unlocks_resync_at": at}
        with self._database.writing() as tx:
            tx.execute(players.update().where(players.c.id == player.id).values(**again))

    def mismatched_games(self, player: Player, at: datetime) -> list[GameId]:
        """Games whose unlocks and newest numbers differ, not read since those came, nor lately."""
        with self._database.reading() as tx:
            return games_to_reread(tx, player.id, at)

    def save_game_unlocks(
        self,
        player: Player,
        game_id: GameId,
        answer: GameUnlocks | None,
        rows: Sequence[SourcedUnlock],
        at: datetime,
    ) -> bool:
        """All unlocks of one game were told; None: an empty answer, as for a game that was deleted.

        Only what agrees with the newest look is stored: else one of them lags, or is about somebody else.
        """
        mine = sa.and_(targets.c.player_id == player.id, targets.c.game_id == game_id)
        with self._database.writing() as tx:
            if (answer.counts() if answer else DELETED) != _counted(tx, player.id, game_id, answer is None):
                return False
            _name(tx, [answer.info] if answer else [], at)
            _keep(tx, player.id, rows, at)
            gone = missing_unlocks(_of_game(tx, player.id, game_id), answer.rows if answer else ())
            _mark_gone(tx, player.id, gone, at)
            tx.execute(targets.update().where(mine).values(unlocks_synced_at=at))
            return True

    def untitled_games(self, player: Player) -> list[GameId]:
        """Followed games that nothing has named, and nobody was asked about."""
        mine = sa.and_(targets.c.player_id == player.id, targets.c.removed_at.is_(None))
        query = sa.select(games.c.id).join(targets, targets.c.game_id == games.c.id).where(mine)
        query = query.where(NAMELESS).order_by(games.c.id)
        with self._database.reading() as tx:
            return list(tx.scalars(query))

    def outdated_consoles(self, listed_before: datetime) -> list[int] | None:
        """Consoles whose games were not listed since then, in their order; None: no console is known."""
        with self._database.reading() as tx:
            return outdated_consoles(tx, listed_before)

    def save_consoles(self, met: Sequence[ConsoleInfo]) -> None:
        """Those that games are made for; of hubs and events nobody has progress."""
        rows = [{"id": console.console_id, "name": console.name} for console in met if console.is_game_system]
        with self._database.writing() as tx:
            if rows:
                tx.execute(insert_or_ignore(tx, consoles), rows)

    def save_console_games(self, console_id: int, facts: Sequence[GameInfo], at: datetime) -> None:
        """The games of a console were listed: those that somebody follows get their names."""
        told = {fact.game_id: fact for fact in facts}
        with self._database.writing() as tx:
            ours = [told[game_id] for game_id in tx.scalars(sa.select(games.c.id)) if game_id in told]
            _name(tx, ours, at)
            tx.execute(consoles.update().where(consoles.c.id == console_id).values(games_listed_at=at))

    def save_titles(self, facts: Sequence[GameInfo], nameless: Sequence[GameId], at: datetime) -> None:
        """Titles that were asked for; `nameless` games have none, and need not be asked for again."""
        with self._database.writing() as tx:
            _name(tx, facts, at)
            if nameless:
                tx.execute(games.update().where(games.c.id.in_(nameless)).values(updated_at=at))


AWARD = (
    targets.update()
    .where(targets.c.player_id == sa.bindparam("of_player"), targets.c.game_id == sa.bindparam("of_game"))
    .values(award_kind=sa.bindparam("kind"), award_at=sa.bindparam("awarded"))
)


def _award(player_id: int, game: PlayedGame) -> dict[str, Any]:
    return {
        "of_player": player_id,
        "of_game": game.game_id,
        "kind": game.award_kind,
        "awarded": game.award_at,
    }


def _follow(tx: sa.Connection, player_id: int, ids: Sequence[GameId], seconds: int, at: datetime) -> None:
    rows = [
        {
            "player_id": player_id,
            "game_id": g,
            "source": "played",
            "added_at": at,
            "due_at": at,
            "failures": 0,
        }
        | {"interval_seconds": seconds}
        for g in ids
    ]
    if rows:
        tx.execute(insert_or_ignore(tx, targets), rows)


def _name(tx: sa.Connection, facts: Iterable[GameInfo], at: datetime) -> None:
    """The current title, console and icon; a former title is kept with its time."""
    told = {fact.game_id: fact for fact in facts}
    if not told:
        return
    tx.execute(insert_or_ignore(tx, games), [{"id": game_id} for game_id in told])
    known = {r.id: r for r in tx.execute(sa.select(games).where(games.c.id.in_(list(told)))).all()}
    for game_id, fact in told.items():
        _rename(tx, known[game_id], fact, at)


def _rename(tx: sa.Connection, row: Any, fact: GameInfo, at: datetime) -> None:
    values = {
        "title": fact.title or row.title,
        "console_id": fact.console_id or row.console_id,
        "console_name": fact.console_name or row.console_name,
        "icon_path": fact.icon_path or row.icon_path,
    }
    if any(getattr(row, name) != value for name, value in values.items()) or row.updated_at is None:
        tx.execute(games.update().where(games.c.id == fact.game_id).values(**values, updated_at=at))
    newest = sa.select(sa.func.max(game_titles.c.first_seen_at)).where(game_titles.c.game_id == fact.game_id)
    if not fact.title or row.title == fact.title:
        same = sa.and_(
            game_titles.c.game_id == fact.game_id, game_titles.c.first_seen_at == newest.scalar_subquery()
        )
        tx.execute(game_titles.update().where(same, game_titles.c.last_seen_at < at).values(last_seen_at=at))
    else:
        name = {"game_id": fact.game_id, "title": fact.title, "first_seen_at": at, "last_seen_at": at}
        tx.execute(insert_or_ignore(tx, game_titles).values(**name))


def _stored(tx: sa.Connection, player_id: int, covered: Window) -> list[StoredUnlock]:
    """What is known of the covered time and not gone; and every hardcore one of the same achievements."""
    here = unlocks.c.unlocked_at.between(covered.begin, covered.end)
    found = _known(tx, player_id, here)
    casual = [s.achievement_id for s in found if not s.hardcore]
    for some in _portions(casual):
        found += _known(tx, player_id, sa.and_(unlocks.c.hardcore, unlocks.c.achievement_id.in_(some)))
    return list(dict.fromkeys(found))


def _of_game(tx: sa.Connection, player_id: int, game_id: GameId) -> list[StoredUnlock]:
    return _known(tx, player_id, unlocks.c.game_id == game_id)


def _known(tx: sa.Connection, player_id: int, which: sa.ColumnElement[bool]) -> list[StoredUnlock]:
    u = unlocks.c
    query = sa.select(u.achievement_id, u.hardcore, u.unlocked_at)
    query = query.where(u.player_id == player_id, which, u.gone_at.is_(None))
    return [StoredUnlock(*row) for row in tx.execute(query).all()]


def _portions(ids: Sequence[int]) -> list[Sequence[int]]:
    return [ids[start : start + 500] for start in range(0, len(ids), 500)]


DELETED = (0, 0, 0)


def _counted(
    tx: sa.Connection, player_id: int, game_id: GameId, with_possible: bool
) -> tuple[int, ...] | None:
    """Achievements and those in hardcore, by the newest look; where wanted, how many are possible, too."""
    s = snapshots.c
    counts = [s.num_achieved, s.num_achieved_hardcore, *([s.num_possible_achievements] * with_possible)]
    query = sa.select(*counts).where(s.player_id == player_id, s.game_id == game_id, IS_OPEN)
    row = tx.execute(query).one_or_none()
    return tuple(row) if row else None


def _keep(tx: sa.Connection, player_id: int, rows: Sequence[SourcedUnlock], at: datetime) -> int:
    """Store each row as it was received; return how many were not known."""
    told = {(row.unlock.achievement_id, row.unlock.hardcore): row for row in rows}
    known: dict[tuple[int, bool], Any] = {}
    for some in _portions(sorted({achievement for achievement, _ in told})):
        query = sa.select(unlocks).where(unlocks.c.player_id == player_id, unlocks.c.achievement_id.in_(some))
        known |= {(row.achievement_id, row.hardcore): row for row in tx.execute(query).all()}
    new = [_unlock(player_id, row.unlock, row.source, at) for key, row in told.items() if key not in known]
    if new:
        tx.execute(insert_or_ignore(tx, unlocks), new)
    changed = [
        _changed(player_id, row, known[key], at)
        for key, row in told.items()
        if key in known and _differs(row.unlock, known[key])
    ]
    if changed:
        tx.execute(CHANGE, changed)
    return len(new)


def _differs(row: Unlock, known: Any) -> bool:
    told = (row.unlocked_at, row.points, row.title, row.game_id, None)
    return told != (known.unlocked_at, known.points, known.title, known.game_id, known.gone_at)


def _changed(player_id: int, row: SourcedUnlock, known: Any, at: datetime) -> dict[str, Any]:
    """Its worth, name or game changed, or it was told again; at another moment it was earned anew."""
    anew = row.unlock.unlocked_at != known.unlocked_at
    since = {"first_seen_at": at, "source": row.source} if anew else {"first_seen_at": known.first_seen_at}
    values = _unlock(player_id, row.unlock, known.source, known.first_seen_at) | since
    return {f"new_{name}": value for name, value in values.items()}


CHANGE = (
    unlocks.update()
    .where(
        unlocks.c.player_id == sa.bindparam("new_player_id"),
        unlocks.c.achievement_id == sa.bindparam("new_achievement_id"),
        unlocks.c.hardcore == sa.bindparam("new_hardcore"),
    )
    .values(gone_at=None)
    .values({n: sa.bindparam(f"new_{n}") for n in ("game_id", "unlocked_at", "points", "title", "source")})
    .values(first_seen_at=sa.bindparam("new_first_seen_at"))
)


def _unlock(player_id: int, row: Unlock, source: str, at: datetime) -> dict[str, Any]:
    return {
        "player_id": player_id,
        "achievement_id": row.achievement_id,
        "hardcore": row.hardcore,
        "game_id": row.game_id,
        "unlocked_at": row.unlocked_at,
        "points": row.points,
        "title": row.title,
        "first_seen_at": at,
        "source": source,
    }


def _mark_gone(tx: sa.Connection, player_id: int, gone: Sequence[StoredUnlock], at: datetime) -> None:
    u = unlocks.c
    for s in gone:
        mine = sa.and_(
            u.player_id == player_id, u.achievement_id == s.achievement_id, u.hardcore == s.hardcore
        )
        tx.execute(unlocks.update().where(mine).values(gone_at=at))
