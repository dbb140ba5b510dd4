"""The games that were mastered, completed or beaten in a time."""

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from syncer.core.account.awards import award_rank
from syncer.core.backfill.windows import COUNT_LAG
from syncer.core.milestones.changes import completed_by
from syncer.core.milestones.states import Milestone, SeenAward, milestones
from syncer.core.model.library import AwardKind
from syncer.core.model.progress import PROGRESS_COLUMNS
from syncer.store.db.account_tables import awards
from syncer.store.db.tables import DELTAS, RESTORED, counts, games, was_followed
from syncer.store.db.views import progress_changes

from .base import Reader, Row
from .change_details import change_of
from .game_states import is_from_start, read_awards

a, c, g = awards.c, progress_changes.c, games.c
CHANGE = (c.game_id, c.title, g.console_name, c.previous_seen_at, c.first_seen_at)
AWARD = ("kind", "awarded_at", "first_seen_at", "is_from_start")
NUMBERS = (*PROGRESS_COLUMNS, *DELTAS, *RESTORED)


class MilestoneQueries(Reader):
    """Milestones of the whole account by their dates, events left out; times are UTC."""

    def between(self, player_id: int, since: datetime, until: datetime) -> list[Row]:
        """Return what was reached from `since` to before `until`, the newest first, each with its game.

        By the site's date; what only polls show, by when they first showed it: see Milestone. What the first
        sync found as an award without a date may be years old, and is left out. `first_seen_at`: when an
        answer first showed it in this way. `has_page`: the game is or was followed.
        """
        with self._database.reading() as tx:
            listed = [
                (row, reached)
                for row in tx.execute(_awards_query(player_id, since, until)).mappings()
                for reached in milestones([SeenAward(*(row[name] for name in AWARD))])
                if reached.at is not None
            ]
            found = [_row(row, reached) for row, reached in listed]
            changes = [dict(row) for row in tx.execute(_full_query(player_id, since, until)).mappings()]
            completed = [(change, kind) for change in changes if (kind := _completed_by(change))]
            games_completed = {change["game_id"] for change, _ in completed}
            awards_of = read_awards(tx, player_id, None, games_completed) if completed else {}
        for change, kind in completed:
            if not _is_listed(awards_of.get(change["game_id"], ()), change, award_rank(kind) or 0):
                seen = Milestone(kind, change["first_seen_at"], after=change["previous_seen_at"])
                found.append(_row(change, seen))
        return sorted(found, key=lambda row: (row["at"], row["game_id"]), reverse=True)


def _row(of: sa.RowMapping | Row, reached: Milestone) -> Row:
    game = {name: of[name] for name in ("game_id", "title", "console_name", "has_page", "first_seen_at")}
    how = {"at": reached.at, "is_exact": reached.is_exact, "after": reached.after}
    return game | {"kind": reached.kind.value} | how


def _awards_query(player_id: int, since: datetime, until: datetime) -> sa.Select[tuple[object, ...]]:
    query = sa.select(a.game_id, g.title, g.console_name, a.kind, a.awarded_at, a.first_seen_at)
    query = query.add_columns(is_from_start(player_id))
    query = query.add_columns(was_followed(a.player_id, a.game_id).label("has_page"))
    query = query.join_from(awards, games, g.id == a.game_id).where(a.player_id == player_id)
    return query.where(a.gone_at.is_(None), a.awarded_at >= since, a.awarded_at < until, counts(a.game_id))


def _full_query(player_id: int, since: datetime, until: datetime) -> sa.Select[tuple[object, ...]]:
    query = sa.select(*CHANGE, *(c[name] for name in NUMBERS), sa.true().label("has_page"))
    query = query.join(games, g.id == c.game_id)
    query = query.where(c.player_id == player_id, c.first_seen_at >= since, c.first_seen_at < until)
    query = query.where(counts(c.game_id))
    return query.where(c.num_possible_achievements > 0, c.num_achieved >= c.num_possible_achievements)


def _completed_by(row: Row) -> AwardKind | None:
    change = change_of(row)
    return completed_by(change.before, change.after, change.restored) if change else None


def _is_listed(listed: Iterable[SeenAward], change: Row, rank: int) -> bool:
    """Return whether the site has listed the award of a change, by now or shortly before it."""
    # The site may list an award some time before its numbers count the last unlock.
    since, dated_since = change["previous_seen_at"], change["previous_seen_at"] - COUNT_LAG
    return any(
        (award_rank(award.kind) or 0) >= rank
        and award.awarded_at <= change["first_seen_at"]
        and (award.first_seen_at > since or award.awarded_at > dated_since)
        for award in listed
    )
