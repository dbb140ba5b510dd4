"""Writing what else is learned of a player: played games, titles and unlocks. Part of the recorder."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from syncer.core.history import ConsoleFacts, GameFacts, PlayedGame, Unlock, Unlocks
from syncer.core.learn import Stored, Window, vanished
from syncer.core.messages import NOBODY, Audience
from syncer.core.model import GameId, Player

from .engine import Database
from .pacer import insert_ignore
from .tables import IS_OPEN, consoles, game_titles, games, players, snapshots, targets, unlocks
from .telling import tell_of_awards


class Learning:
    """Each method is one transaction, and may be called twice with the same: nothing is doubled."""

    def __init__(self, database: Database, audience: Audience = NOBODY) -> None:
        self._database, self._audience = database, audience

    def walked(self, player: Player, played: Sequence[PlayedGame], seconds: int, at: datetime) -> None:
        """The listing of played games was read whole: each is followed, with its award.

        What left the listing stays followed, and its zeros are never taken for progress (ra-api.md 5.3).
        """
        with self._database.writing() as tx:
            _name(tx, [game.facts for game in played], at)
            _follow(tx, player.id, [g.game_id for g in played], seconds, at)
            if self._audience.services:
                tell_of_awards(tx, self._audience, player, played, at)
            if awards := [_award(player.id, g) for g in played]:
                tx.execute(AWARD, awards)
            tx.execute(players.update().where(players.c.id == player.id).values(walked_at=at))

    def unlocked(
        self,
        player: Player,
        answer: Unlocks,
        covered: Window,
        why: Callable[[Unlock], str],
        seconds: int | None,
        at: datetime,
    ) -> int:
        """Store an answer about unlocks; how many were new. With `seconds`, their games are followed."""
        with self._database.writing() as tx:
            _name(tx, answer.games, at)
            ids = list(dict.fromkeys(row.game_id for row in answer.rows))
            if ids:
                tx.execute(insert_ignore(tx, games), [{"id": game_id} for game_id in ids])
            if seconds is not None:
                _follow(tx, player.id, ids, seconds, at)
            before = _stored(tx, player.id, covered)
            added = _add(tx, player.id, answer.rows, before, why, at)
            _mark_gone(tx, player.id, vanished(before, answer, covered), at)
            tx.execute(players.update().where(players.c.id == player.id).values(unlocks_until=covered.end))
            return added

    def unlocks_in_doubt(self, player: Player) -> datetime | None:
        """The first unlock of a game that shows fewer than we know, since the unlocks were last read."""
        u, s = unlocks.c, snapshots.c
        mine = sa.and_(u.player_id == player.id, u.gone_at.is_(None))
        counts = sa.select(u.game_id, sa.func.count(sa.distinct(u.achievement_id)).label("known"))
        counts = counts.add_columns(sa.func.min(u.unlocked_at).label("first")).where(mine).group_by(u.game_id)
        known = counts.subquery()
        fell = sa.and_(s.player_id == player.id, IS_OPEN, s.num_achieved < known.c.known)
        if player.unlocks_until is None:
            return None
        query = sa.select(sa.func.min(known.c.first)).join_from(
            snapshots, known, known.c.game_id == s.game_id
        )
        with self._database.reading() as tx:
            found: datetime | None = tx.scalar(query.where(fell, s.first_seen_at > player.unlocks_until))
            return found.replace(microsecond=0) if found else None

    def nameless(self, player: Player) -> list[GameId]:
        """Followed games that nothing has named, and nobody was asked about."""
        mine = sa.and_(targets.c.player_id == player.id, targets.c.removed_at.is_(None))
        query = sa.select(games.c.id).join(targets, targets.c.game_id == games.c.id).where(mine)
        query = query.where(games.c.title.is_(None), games.c.updated_at.is_(None)).order_by(games.c.id)
        with self._database.reading() as tx:
            return list(tx.scalars(query))

    def unlisted(self, listed_before: datetime) -> list[int] | None:
        """Consoles whose games were not listed since then, in their order; None: no console is known."""
        late = sa.or_(consoles.c.listed_at.is_(None), consoles.c.listed_at < listed_before)
        with self._database.reading() as tx:
            found = list(tx.scalars(sa.select(consoles.c.id).where(late).order_by(consoles.c.id)))
            known = tx.scalar(sa.select(sa.func.count()).select_from(consoles))
        return found if known else None

    def met_consoles(self, met: Sequence[ConsoleFacts]) -> None:
        """Those that games are made for; of hubs and events nobody has progress."""
        rows = [{"id": console.console_id, "name": console.name} for console in met if console.is_game_system]
        with self._database.writing() as tx:
            if rows:
                tx.execute(insert_ignore(tx, consoles), rows)

    def listed(self, console_id: int, facts: Sequence[GameFacts], at: datetime) -> None:
        """The games of a console were listed: those that somebody follows get their names."""
        told = {fact.game_id: fact for fact in facts}
        with self._database.writing() as tx:
            ours = [told[game_id] for game_id in tx.scalars(sa.select(games.c.id)) if game_id in told]
            _name(tx, ours, at)
            tx.execute(consoles.update().where(consoles.c.id == console_id).values(listed_at=at))

    def named(self, facts: Sequence[GameFacts], nameless: Sequence[GameId], at: datetime) -> None:
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
        {"player_id": player_id, "game_id": g, "source": "played", "added_at": at, "due_at": at, "misses": 0}
        | {"interval_seconds": seconds}
        for g in ids
    ]
    if rows:
        tx.execute(insert_ignore(tx, targets), rows)


def _name(tx: sa.Connection, facts: Iterable[GameFacts], at: datetime) -> None:
    """The current title, console and icon; a former title is kept with its time."""
    told = {fact.game_id: fact for fact in facts}
    if not told:
        return
    tx.execute(insert_ignore(tx, games), [{"id": game_id} for game_id in told])
    known = {r.id: r for r in tx.execute(sa.select(games).where(games.c.id.in_(list(told)))).all()}
    for game_id, fact in told.items():
        _rename(tx, known[game_id], fact, at)


def _rename(tx: sa.Connection, row: Any, fact: GameFacts, at: datetime) -> None:
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
        tx.execute(insert_ignore(tx, game_titles).values(**name))


def _stored(tx: sa.Connection, player_id: int, covered: Window) -> list[Stored]:
    """What is known of the covered time and not gone; and every hardcore one of the same achievements."""
    u = unlocks.c
    here = sa.and_(u.player_id == player_id, u.unlocked_at.between(covered.begin, covered.end))
    query = sa.select(u.achievement_id, u.hardcore, u.unlocked_at).where(here, u.gone_at.is_(None))
    found = [Stored(*row) for row in tx.execute(query).all()]
    casual = [s.achievement_id for s in found if not s.hardcore]
    for start in range(0, len(casual), 500):
        later = sa.and_(
            u.player_id == player_id, u.hardcore, u.achievement_id.in_(casual[start : start + 500])
        )
        query = sa.select(u.achievement_id, u.hardcore, u.unlocked_at).where(later, u.gone_at.is_(None))
        found += [Stored(*row) for row in tx.execute(query).all()]
    return list(dict.fromkeys(found))


def _add(
    tx: sa.Connection,
    player_id: int,
    rows: Sequence[Unlock],
    before: Sequence[Stored],
    why: Callable[[Unlock], str],
    at: datetime,
) -> int:
    known = {(s.achievement_id, s.hardcore) for s in before}
    unknown = [row for row in rows if (row.achievement_id, row.hardcore) not in known]
    new = [_unlock(player_id, row, why(row), at) for row in unknown]
    if not new:
        return 0
    count = sa.select(sa.func.count()).select_from(unlocks).where(unlocks.c.player_id == player_id)
    had = tx.scalar(count) or 0
    tx.execute(insert_ignore(tx, unlocks), new)
    tx.execute(BACK, [{"p": n["player_id"], "a": n["achievement_id"], "h": n["hardcore"]} for n in new])
    return (tx.scalar(count) or 0) - had


BACK = (  # told again after it had vanished
    unlocks.update()
    .where(unlocks.c.player_id == sa.bindparam("p"), unlocks.c.achievement_id == sa.bindparam("a"))
    .where(unlocks.c.hardcore == sa.bindparam("h"), unlocks.c.gone_at.is_not(None))
    .values(gone_at=None)
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


def _mark_gone(tx: sa.Connection, player_id: int, gone: Sequence[Stored], at: datetime) -> None:
    u = unlocks.c
    for s in gone:
        mine = sa.and_(
            u.player_id == player_id, u.achievement_id == s.achievement_id, u.hardcore == s.hardcore
        )
        tx.execute(unlocks.update().where(mine).values(gone_at=at))
