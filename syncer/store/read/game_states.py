"""The states of games: mastered, completed, beaten or less, and since when."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from syncer.core.account.awards import RANKS, highest_award
from syncer.core.milestones.states import (
    Milestone,
    Poll,
    SeenAward,
    full_kind,
    game_state,
    milestones,
    since,
)
from syncer.core.model.progress import PROGRESS_COLUMNS, GameId, Progress
from syncer.store.db.account_tables import awards, unlocks
from syncer.store.db.any_of import any_of
from syncer.store.db.tables import IS_NEWEST, IS_OPEN, counts, games, snapshots, targets

from .as_of import newest_as_of
from .base import Reader, Row

a, g, s, t, u = awards.c, games.c, snapshots.c, targets.c, unlocks.c


class GameStateQueries(Reader):
    """What players have reached in games; times are UTC."""

    def of(
        self, player_id: int, moment: datetime | None = None, among: Collection[GameId] | None = None
    ) -> list[Row]:
        """Return every game that was ever followed, or only some, with its numbers, state and last unlock.

        `moment`: as of then; a game that was first polled later is left out. `state_at`: since when, with
        `state_is_exact` and `state_after` as in Milestone; all None where the state is no award.
        """
        with self._database.reading() as tx:
            lateral = self._database.path is None
            rows = [row._asdict() for row in tx.execute(_games_query(player_id, moment, among, lateral))]
            listed = read_awards(tx, player_id, moment, among)
            unlisted = [row["game_id"] for row in rows if _is_unlisted(row, listed)]
            polls = read_polls(tx, player_id, unlisted, moment) if unlisted else {}
        return [_with_state(row, listed, polls) for row in rows]

    def milestones(self, player_id: int, game_id: GameId, moment: datetime | None = None) -> list[Milestone]:
        """Return what a game has reached, the best kind first: the marks of its curve."""
        with self._database.reading() as tx:
            listed = read_awards(tx, player_id, moment, [game_id])
            polls = read_polls(tx, player_id, [game_id], moment)
        return milestones(listed.get(game_id, ()), polls.get(game_id, ()))

    def counts(self, player_ids: Sequence[int], moment: datetime | None = None) -> dict[int, Counter[str]]:
        """Return how many games of each account are mastered, completed and beaten, by the best of each game.

        The whole account without events; of a game that is not followed the awards count.
        """
        reached: dict[tuple[int, GameId], list[str]] = {}
        with self._database.reading() as tx:
            for player_id, game_id, kind in tx.execute(_awards_query(moment), {"ids": player_ids}):
                reached.setdefault((player_id, game_id), []).append(kind)
            for player_id, game_id, *numbers in tx.execute(_full_query(moment), {"ids": player_ids}):
                if kind := full_kind(Progress(*numbers)):
                    reached.setdefault((player_id, game_id), []).append(kind.value)
        found = {player_id: Counter[str]() for player_id in player_ids}
        for (player_id, _), kinds in reached.items():
            state = game_state(None, highest_award(kinds))
            if state.value in RANKS:  # else a kind that this version does not know
                found[player_id][state.value] += 1
        return found


def read_awards(
    tx: sa.Connection, player_id: int, moment: datetime | None, among: Collection[GameId] | None = None
) -> dict[GameId, list[SeenAward]]:
    """Return the awards that are not gone, by game; `moment`: those that counted then."""
    query = sa.select(a.game_id, a.kind, a.awarded_at, a.first_seen_at, is_from_start(player_id))
    query = query.where(a.player_id == player_id, *_counted(moment))
    query = query if among is None else query.where(a.game_id.in_(among))
    found: dict[GameId, list[SeenAward]] = {}
    for game_id, *award in tx.execute(query):
        found.setdefault(game_id, []).append(SeenAward(*award))
    return found


def is_from_start(player_id: int) -> sa.ColumnElement[bool]:
    """Return the condition for awards that the first answer about a player's awards had."""
    other = awards.alias("any_award").c
    first = sa.select(sa.func.min(other.first_seen_at)).where(other.player_id == player_id)
    return (a.first_seen_at == first.scalar_subquery()).label("is_from_start")


def read_polls(
    tx: sa.Connection, player_id: int, ids: Sequence[GameId], moment: datetime | None
) -> dict[GameId, list[Poll]]:
    """Return the snapshots of games, oldest first; `moment`: those that had begun then."""
    columns = (s.game_id, s.first_seen_at, s.last_seen_at, *(s[name] for name in PROGRESS_COLUMNS))
    query = sa.select(*columns).where(s.player_id == player_id, any_of(s.game_id, "ids"))
    query = query if moment is None else query.where(s.first_seen_at <= moment)
    found: dict[GameId, list[Poll]] = {}
    for game_id, first, last, *numbers in tx.execute(query.order_by(s.id), {"ids": list(ids)}):
        found.setdefault(game_id, []).append(Poll(Progress(*numbers), first, last))
    return found


def _counted(moment: datetime | None) -> Iterable[sa.ColumnElement[bool]]:
    if moment is None:
        return (a.gone_at.is_(None),)
    return a.awarded_at <= moment, sa.or_(a.gone_at.is_(None), a.gone_at > moment)


def _games_query(
    player_id: int, moment: datetime | None, among: Collection[GameId] | None, lateral: bool
) -> sa.Select[Any]:
    newest, which = (snapshots, IS_NEWEST) if moment is None else newest_as_of(moment, lateral=lateral)
    last = last_unlock(u.gone_at.is_(None) if moment is None else _was_there(moment))
    query = (
        sa.select(t.game_id, g.title, g.console_id, g.console_name, g.icon_path, t.added_at, t.removed_at)
        .add_columns(newest.c.first_seen_at, newest.c.last_seen_at)
        .add_columns(*(newest.c[name] for name in PROGRESS_COLUMNS))
        .add_columns(last.label("last_unlocked_at"))
        .join_from(targets, games, g.id == t.game_id)
        .join(newest, which, isouter=moment is None)
        .where(t.player_id == player_id)
        .order_by(t.game_id)
    )
    return query if among is None else query.where(t.game_id.in_(among))


def last_unlock(counted: sa.ColumnElement[bool]) -> sa.ScalarSelect[datetime]:
    """Return when the last of the unlocks that count was, within a query of targets."""
    # max() would go through all unlocks of the game.
    last = sa.select(u.unlocked_at).where(u.player_id == t.player_id, u.game_id == t.game_id, counted)
    return last.order_by(u.unlocked_at.desc()).limit(1).scalar_subquery()


def _was_there(moment: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(u.unlocked_at <= moment, sa.or_(u.gone_at.is_(None), u.gone_at > moment))


def _progress(row: Row) -> Progress | None:
    if row["first_seen_at"] is None:  # not polled yet
        return None
    return Progress(*(row[name] for name in PROGRESS_COLUMNS))


def _is_unlisted(row: Row, listed: dict[GameId, list[SeenAward]]) -> bool:
    """Return whether only polls show that all achievements of a game are unlocked."""
    progress = _progress(row)
    kind = full_kind(progress) if progress else None
    return kind is not None and kind not in {award.kind for award in listed.get(row["game_id"], ())}


def _with_state(row: Row, listed: dict[GameId, list[SeenAward]], polls: dict[GameId, list[Poll]]) -> Row:
    mine = listed.get(row["game_id"], ())
    state = game_state(_progress(row), highest_award(award.kind for award in mine))
    reached = since(state, milestones(mine, polls.get(row["game_id"], ())))
    return row | {
        "state": state.value,
        "state_at": reached.at if reached else None,
        "state_is_exact": reached.is_exact if reached else None,
        "state_after": reached.after if reached else None,
    }


def _awards_query(moment: datetime | None) -> sa.Select[Any]:
    query = sa.select(a.player_id, a.game_id, a.kind).where(any_of(a.player_id, "ids"), *_counted(moment))
    return query.where(counts(a.game_id))


def _full_query(moment: datetime | None) -> sa.Select[Any]:
    """Return the query of the games of which everything is unlocked."""
    query = sa.select(s.player_id, s.game_id, *(s[name] for name in PROGRESS_COLUMNS))
    query = query.where(any_of(s.player_id, "ids"), counts(s.game_id))
    query = query.where(s.num_possible_achievements > 0, s.num_achieved >= s.num_possible_achievements)
    if moment is None:
        return query.where(IS_OPEN)
    return query.where(s.first_seen_at <= moment, sa.or_(s.closed_at.is_(None), s.closed_at > moment))
