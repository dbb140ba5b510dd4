"""The account's totals over time, and its awards."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

import sqlalchemy as sa

from syncer.core.account.awards import highest_award
from syncer.core.model.account import SUMS, Award, Measure, OpenMeasure, StoredAward
from syncer.core.model.progress import GameId
from syncer.store.db.account_tables import IS_OPEN_MEASURE, account_snapshots, awards
from syncer.store.db.any_of import any_of
from syncer.store.db.parameters import PLAYER
from syncer.store.db.streaming import RepeatableQuery, snapshot_transaction
from syncer.store.db.views import account_history

from .as_of import coverage_at
from .base import Reader, Row

LATER = account_snapshots.alias("later")  # made once: an alias costs 0.4 ms
s = account_snapshots.c
OPEN_MEASURES = (
    sa.select(s.id, s.measure, s.value, s.first_seen_at, s.last_seen_at, s.promised_seconds)
    .where(s.player_id == PLAYER, IS_OPEN_MEASURE)
    .order_by(s.id)
)


def open_measures(tx: sa.Connection, player_id: int) -> list[OpenMeasure]:
    """Return the newest snapshot of each measure."""
    rows = tx.execute(OPEN_MEASURES, {"player": player_id}).all()
    return [OpenMeasure(row.id, Measure(row.measure), *row[2:]) for row in rows]


def sums_of(measures: Sequence[OpenMeasure]) -> list[OpenMeasure]:
    """Return the points in hardcore and those in softcore; none unless both are known."""
    known = {row.measure: row for row in measures if row.value is not None}
    return [known[measure] for measure in SUMS] if known.keys() >= set(SUMS) else []


def stored_awards(tx: sa.Connection, player_id: int, games: Sequence[int] | None = None) -> list[StoredAward]:
    """Return all awards of a player, the gone ones too, or only those of some games."""
    a = awards.c
    query = sa.select(a.game_id, a.kind, a.awarded_at, a.missing_since, a.gone_at)
    query = query.where(a.player_id == player_id)
    query = query if games is None else query.where(a.game_id.in_(games))
    rows = tx.execute(query.order_by(a.game_id, a.kind, a.awarded_at)).all()
    return [StoredAward(Award(*row[:3]), *row[3:]) for row in rows]


def highest_awards(
    tx: sa.Connection, player_id: int, games: Sequence[GameId] | None = None
) -> dict[GameId, str | None]:
    """Return the highest award that is not gone, by game: of all games, or only of some."""
    kinds: dict[GameId, list[str]] = {}
    for row in stored_awards(tx, player_id, games):
        if row.gone_at is None:
            kinds.setdefault(row.award.game_id, []).append(row.award.kind)
    return {game_id: highest_award(found) for game_id, found in kinds.items()}


class AccountQueries(Reader):
    """The totals of accounts; times are UTC."""

    def newest(self, player_id: int) -> Row | None:
        """Return the account's own points, and their sum; None unless both sums are known.

        `seen_at`: when the last answer returned them. `retro_points` and `rank` may be None.
        """
        with self._database.reading() as tx:
            measures = open_measures(tx, player_id)
        sums, values = sums_of(measures), {row.measure: row.value for row in measures}
        if not sums:
            return None
        return {
            "points": sum(row.value or 0 for row in sums),
            "hardcore_points": values[Measure.HARDCORE_POINTS],
            "softcore_points": values[Measure.SOFTCORE_POINTS],
            "retro_points": values.get(Measure.RETRO_POINTS),
            "rank": values.get(Measure.RANK),
            "seen_at": min(row.last_seen_at for row in sums),
        }

    def newest_of(self, player_ids: Sequence[int]) -> dict[int, dict[str, int | None]]:
        """Return the newest value of each measure of players; None: never read, or the site had none."""
        query = sa.select(s.player_id, s.measure, s.value).where(any_of(s.player_id, "ids"), IS_OPEN_MEASURE)
        found: dict[int, dict[str, int | None]] = {
            player_id: dict.fromkeys(map(str, Measure)) for player_id in player_ids
        }
        with self._database.reading() as tx:
            for player_id, measure, value in tx.execute(query, {"ids": list(player_ids)}):
                found[player_id][measure] = value
        return found

    def state_at(
        self,
        player_id: int,
        measures: Sequence[Measure],
        moment: datetime,
        now: datetime,
        gap_after: timedelta,
    ) -> dict[Measure, Row]:
        """Return the value of each measure at a moment, with its `coverage`: known, between or gap.

        A measure that was first read later is left out. A value may be None: the site returned none.
        """
        with self._database.reading() as tx:
            found = {
                measure: tx.execute(_newest_by(player_id, measure, moment)).first() for measure in measures
            }
        state: dict[Measure, Row] = {}
        for measure, row in found.items():
            if row is not None:
                expected_at = row.last_seen_at + timedelta(seconds=row.promised_seconds)
                is_late = now > expected_at + gap_after
                coverage = coverage_at(moment, row.last_seen_at, row.gap_follows, is_late=is_late)
                state[measure] = {"value": row.value, "coverage": coverage}
        return state

    def history(self, player_ids: Sequence[int], since: datetime | None, until: datetime | None) -> list[Row]:
        """Return all measures at each moment at which one changed, oldest first.

        With `since` the first row of a player is the state at that moment.
        """
        with self.stream_history(player_ids, since, until) as found:
            return list(found)

    @contextmanager
    def stream_history(
        self, player_ids: Sequence[int], since: datetime | None, until: datetime | None
    ) -> Iterator[Iterator[Row]]:
        """Yield what history() returns, row by row in constant memory, in one transaction."""
        c = account_history.c
        query: sa.Select[Any] = sa.select(account_history).where(c.player_id.in_(player_ids))
        query = query.where(c.changed_at <= until) if until else query
        with snapshot_transaction(self._database) as tx:
            rows = RepeatableQuery(tx, query.order_by(c.player_id, c.changed_at), self._database.name)
            yield iter(rows) if since is None else _from(rows, since)

    def by_day(self, player_id: int, zone: tzinfo, since: datetime) -> list[Row]:
        """Return all measures at the end of each day on which one changed, oldest first.

        The first day is that of `since`, with the state at that moment.
        """
        s, state, days = account_snapshots.c, dict.fromkeys(map(str, Measure)), dict[date, dict[str, Any]]()
        is_recent = sa.or_(s.closed_at.is_(None), s.closed_at > since)
        query = sa.select(s.measure, s.value, s.first_seen_at).where(s.player_id == player_id, is_recent)
        for row in self._rows(query.order_by(s.first_seen_at, s.id)):
            if state.get(row["measure"]) != row["value"]:
                state = state | {row["measure"]: row["value"]}
                days[max(row["first_seen_at"], since).astimezone(zone).date()] = state
        return [{"day": day, **measures} for day, measures in days.items()]


def _newest_by(player_id: int, measure: Measure, moment: datetime) -> sa.Select[Any]:
    """Return the query of the last snapshot of a measure that began by a moment: one step in an index."""
    s, later = account_snapshots.c, LATER.c
    follows = sa.select(later.after_gap).where(later.player_id == s.player_id, later.measure == s.measure)
    follows = follows.where(later.first_seen_at > s.first_seen_at).order_by(later.first_seen_at).limit(1)
    query = sa.select(
        s.value, s.last_seen_at, s.promised_seconds, follows.scalar_subquery().label("gap_follows")
    )
    query = query.where(s.player_id == player_id, s.measure == measure, s.first_seen_at <= moment)
    return query.order_by(s.first_seen_at.desc()).limit(1)


def _from(rows: Iterable[Row], since: datetime) -> Iterator[Row]:
    """Yield the rows since a moment, and before them the one of each player that was valid then."""
    valid_then: Row | None = None
    for row in rows:
        is_earlier = row["changed_at"] < since
        if valid_then and not (is_earlier and row["player_id"] == valid_then["player_id"]):
            yield valid_then
        valid_then = row if is_earlier else None
        if not is_earlier:
            yield row
    if valid_then:
        yield valid_then
