"""Lists of the pages, a screenful at a time."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from syncer.core.milestones.texts import OF_PLAYER
from syncer.core.model.progress import GameId
from syncer.store.db.tables import (
    IS_NEWEST,
    IS_OPEN,
    counts,
    games,
    rejections,
    runs,
    snapshots,
    targets,
    unlocks,
)
from syncer.store.db.views import (
    CHANGE_COLUMNS,
    first_unlocks,
    latest_progress,
    player_totals,
    progress_changes,
)

from .base import Reader, Row
from .history import UNCHANGED_KINDS

UNLOCKS_READ = 300  # the newest, among which the games that were played last are searched
BACKDATED_AFTER = timedelta(hours=1)  # as in the view first_unlocks


def is_backdated(unlock: Row) -> bool:
    """Return whether an unlock became visible much later than it is dated."""
    visible_after, at = unlock["visible_after"], unlock["unlocked_at"]
    return visible_after is not None and visible_after > at + BACKDATED_AFTER


def _moment_of(unlock: Row) -> tuple[int, datetime, bool]:
    return unlock["achievement_id"], unlock["unlocked_at"], unlock["gone_at"] is None


def _last_of_each(player_id: int, limit: int) -> sa.Select[tuple[GameId, datetime]]:
    """Return the query of the newest unlock of each followed game that has one, the newest first."""
    t, u = targets.c, unlocks.c
    mine = (u.player_id == t.player_id, u.game_id == t.game_id, u.gone_at.is_(None))
    # max() would go through all unlocks of the game.
    newest = sa.select(u.unlocked_at).where(*mine).order_by(u.unlocked_at.desc()).limit(1)
    last = newest.scalar_subquery().label("last_unlocked_at")
    each = sa.select(t.game_id, last).where(t.player_id == player_id, t.removed_at.is_(None)).subquery().c
    query = sa.select(each.game_id, each.last_unlocked_at).where(each.last_unlocked_at.is_not(None))
    return query.order_by(each.last_unlocked_at.desc(), each.game_id).limit(limit)


class WebQueries(Reader):
    """Games, changes, unlocks and runs of one player; times are UTC."""

    def game_totals(self, player_id: int) -> Row:
        """Return the sums over the newest snapshots, and how many games are completed and mastered."""
        s = snapshots.c
        # A game without achievements has 0 of 0, which must not count as completed.
        has_set = s.num_possible_achievements > 0
        # `>=`: while the site recounts, more can be achieved than possible (site-api.md section 6).
        completed = sa.and_(has_set, s.num_achieved >= s.num_possible_achievements)
        mastered = sa.and_(has_set, s.num_achieved_hardcore >= s.num_possible_achievements)
        sets = (
            sa.func.count().filter(completed).label("completed"),
            sa.func.count().filter(mastered).label("mastered"),
        )
        (sums,) = self._rows(sa.select(player_totals).where(player_totals.c.player_id == player_id))
        mine = sa.and_(s.player_id == player_id, IS_OPEN, counts(s.game_id))
        (finished,) = self._rows(sa.select(*sets).where(mine))
        return sums | finished

    def former_game_count(self, player_id: int) -> int:
        """Return how many of the games in game_totals() are not followed any more."""
        t = targets.c
        count = sa.select(sa.func.count()).select_from(targets).join(snapshots, IS_NEWEST)
        return self._count(count.where(t.player_id == player_id, t.removed_at.is_not(None)))

    def games(self, player_id: int, among: Collection[GameId] | None = None) -> list[Row]:
        """Return every game that was ever followed (or only `among` some), with its newest numbers."""
        p = latest_progress.c
        query = sa.select(latest_progress).where(p.player_id == player_id).order_by(p.game_id)
        return self._rows(query if among is None else query.where(p.game_id.in_(among)))

    def last_unlocks(self, player_id: int, limit: int) -> list[tuple[GameId, datetime]]:
        """Return the followed games with the newest unlocks that are not gone, each with the newest."""
        t, u = targets.c, unlocks.c
        mine = sa.select(u.game_id, u.unlocked_at).where(u.player_id == player_id, u.gone_at.is_(None))
        # Limited before the join, so that it walks the index of times.
        newest = mine.order_by(u.unlocked_at.desc()).limit(UNLOCKS_READ).subquery()
        followed = sa.and_(t.player_id == player_id, t.game_id == newest.c.game_id, t.removed_at.is_(None))
        query = sa.select(newest).join(targets, followed)
        with self._database.reading() as tx:
            rows = sorted(
                tx.execute(query).all(), key=lambda row: (-row.unlocked_at.timestamp(), row.game_id)
            )
            found: dict[GameId, datetime] = {}
            for row in rows:
                found.setdefault(row.game_id, row.unlocked_at)
            if len(found) < limit:  # one of them has had all the newest unlocks: one search for each game
                each = tx.execute(_last_of_each(player_id, limit)).all()
                found = {row.game_id: row.last_unlocked_at for row in each}
            return list(found.items())[:limit]

    def game(self, player_id: int, game_id: GameId) -> Row | None:
        """Return one game with its newest numbers, console, icon and award."""
        p, t = latest_progress.c, targets.c
        query = sa.select(latest_progress, games.c.icon_path, t.added_at)
        query = query.join(games, games.c.id == p.game_id)
        query = query.join(targets, sa.and_(t.player_id == p.player_id, t.game_id == p.game_id))
        return next(iter(self._rows(query.where(p.player_id == player_id, p.game_id == game_id))), None)

    def changes(
        self,
        player_id: int,
        limit: int,
        *,
        game_id: GameId | None = None,
        game_ids: Sequence[GameId] | None = None,
        kind: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        before: int | None = None,
        named_until: datetime | None = None,
    ) -> list[Row]:
        """Return a page of changes, newest first. `kind`: one kind, or "all"; None: all but unchanged ones.

        `named_until`: without what the player did until then, as the unlocks themselves are listed.
        `before`: the id of the last row of the previous page (keyset pagination: cheap at any depth, and a
        new change in between shifts no row).
        """
        c = progress_changes.c
        query = sa.select(*CHANGE_COLUMNS).where(c.player_id == player_id)
        query = query.where(c.kind.not_in(UNCHANGED_KINDS)) if kind is None else query
        query = query.where(c.kind == kind) if kind not in (None, "all") else query
        query = query.where(c.game_id == game_id) if game_id else query
        query = query.where(c.game_id.in_(game_ids)) if game_ids is not None else query
        query = query.where(c.first_seen_at >= since) if since else query
        query = query.where(c.first_seen_at <= until) if until else query
        if named_until:
            query = query.where(sa.or_(c.kind.not_in(OF_PLAYER), c.first_seen_at > named_until))
        if before and (began := self._first_seen_at(before)):
            # `<= began` is implied by the OR after it, but only a plain condition uses the index of times.
            same_time = sa.and_(c.first_seen_at == began, c.id < before)
            query = query.where(c.first_seen_at <= began, sa.or_(c.first_seen_at < began, same_time))
        return self._rows(query.order_by(c.first_seen_at.desc(), c.id.desc()).limit(limit))

    def _first_seen_at(self, snapshot_id: int) -> datetime | None:
        began = sa.select(snapshots.c.first_seen_at).where(snapshots.c.id == snapshot_id)
        found: datetime | None = self._scalar(began)
        return found

    def unlocks(self, player_id: int, game_id: GameId, limit: int) -> list[Row]:
        """Return unlocks of one game, newest first, with those that are gone.

        An achievement has a softcore and a hardcore one where their moments differ.
        """
        u = unlocks.c
        columns = (u.achievement_id, u.title, u.points, u.hardcore, u.unlocked_at, u.gone_at, u.visible_after)
        query = sa.select(*columns).where(u.player_id == player_id, u.game_id == game_id)
        rows = self._rows(query.order_by(u.unlocked_at.desc(), u.achievement_id, u.hardcore).limit(limit))
        both = {_moment_of(row) for row in rows if row["hardcore"]}
        listed = (row for row in rows if row["hardcore"] or _moment_of(row) not in both)
        return [{**row, "is_backdated": is_backdated(row)} for row in listed]

    def backdated_unlocks(self, player_id: int, since: datetime, until: datetime, limit: int) -> list[Row]:
        """Return unlocks dated in a time that became visible much later, newest first."""
        f, u = first_unlocks.c, unlocks.c
        same = (u.player_id == f.player_id, u.achievement_id == f.achievement_id)
        current = (u.hardcore == f.hardcore, u.unlocked_at == f.unlocked_at)
        query = sa.select(f.game_id, games.c.title.label("game"), f.title, f.points, f.unlocked_at)
        query = query.add_columns(u.visible_after).join(unlocks, sa.and_(*same, *current))
        query = query.join(games, games.c.id == f.game_id).where(f.player_id == player_id, f.is_backdated)
        query = query.where(f.unlocked_at >= since, f.unlocked_at < until)
        return self._rows(query.order_by(f.unlocked_at.desc(), f.achievement_id).limit(limit))

    def newest_snapshot_id(self, player_id: int) -> int:
        """Return the id of the newest snapshot; 0 if there is none."""
        s = snapshots.c
        newest = sa.select(s.id).where(s.player_id == player_id)
        # One step in the index of times; max(id) of one player would read all their rows.
        return self._count(newest.order_by(s.first_seen_at.desc(), s.id.desc()).limit(1))

    def recent_runs(self, player_id: int, limit: int) -> list[Row]:
        """Return the newest runs, newest first."""
        query = sa.select(runs).where(runs.c.player_id == player_id)
        return self._rows(query.order_by(runs.c.id.desc()).limit(limit))

    def run_outcomes(self, player_id: int, last_count: int) -> list[Row]:
        """Return how many of the last runs ended with which outcome and error."""
        last = sa.select(runs.c.outcome, runs.c.error).where(runs.c.player_id == player_id)
        r = last.order_by(runs.c.id.desc()).limit(last_count).subquery().c
        count = sa.func.count().label("runs")
        query = sa.select(r.outcome, r.error, count).group_by(r.outcome, r.error)
        return self._rows(query.order_by(count.desc(), r.outcome))

    def rejections(self, player_id: int, since: datetime) -> list[Row]:
        """Return the rejected answers since then, by reason."""
        r = rejections.c
        columns = (
            sa.func.sum(r.poll_count).label("poll_count"),
            sa.func.max(r.last_seen_at).label("last_seen_at"),
        )
        confirmed = sa.func.count(r.confirmed_at).label("confirmed")
        query = sa.select(r.reason, *columns, confirmed, sa.func.count(sa.distinct(r.game_id)).label("games"))
        query = query.where(r.player_id == player_id, r.last_seen_at >= since)
        return self._rows(query.group_by(r.reason).order_by(r.reason))
