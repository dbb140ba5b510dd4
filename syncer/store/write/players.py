"""Write players and their targets."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from syncer.core.account.totals import RETRY_SUSPECT_AFTER, account_poll
from syncer.core.errors import ConfigError
from syncer.core.model.account import UNPLANNED, AccountPoll, RankAndScore
from syncer.core.model.job import Job, JobKind, Jobs
from syncer.core.model.library import GameInfo
from syncer.core.model.mass_drop import AccountSums
from syncer.core.model.player import Player, Profile, Target
from syncer.core.model.progress import GameId
from syncer.core.ports import TrackedPlayer
from syncer.core.sync.reconcile import active, reconcile_targets
from syncer.store.db.engine import Database
from syncer.store.db.tables import games, player_names, players, runs, targets
from syncer.store.db.upsert import insert_or_ignore
from syncer.store.read.base import TARGET, read_some_targets, read_targets
from syncer.store.read.jobs import read_jobs
from syncer.store.read.players import find_player, player_from, select_players

from .account import save_rank, save_totals
from .game_infos import save_game_infos
from .jobs import save_job, save_jobs
from .statements import UPDATE_TARGET
from .targets import follow, followed


class PlayerWriter:
    """The core's PlayerStore in SQL. Each method is one transaction and may raise StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find_player(self, username: str | None, ulid: str | None) -> Player | None:
        """Return the player with this ULID or, if none is configured, bound to this name."""
        with self._database.reading() as tx:
            return find_player(tx, username, ulid)

    def bind(self, run_id: int, tracked: TrackedPlayer, profile: Profile, at: datetime) -> Player:
        """Bind a configured name to its ULID. Raises ConfigError when another entry is that player."""
        by_ulid = select_players().where(players.c.ulid == profile.ulid)
        with self._database.writing() as tx:
            row = tx.execute(by_ulid).one_or_none()
            if row:
                _reject_duplicate(row, tracked)
            else:
                new = {"ulid": profile.ulid, "username": profile.username, "added_at": at}
                tx.execute(insert_or_ignore(tx, players).values(**new))
                row = tx.execute(by_ulid).one()
            player = player_from(row)
            _set_config_name(tx, player, tracked.username)
            _save_profile(tx, player, profile, account_poll(tracked, run_id, at), at)
            tx.execute(runs.update().where(runs.c.id == run_id).values(player_id=player.id))
            return player_from(tx.execute(by_ulid).one())

    def save_profile(
        self, player: Player, profile: Profile | None, at: datetime, poll: AccountPoll = UNPLANNED
    ) -> None:
        """Store what the profile returned. None: the site no longer has the player."""
        with self._database.writing() as tx:
            if profile:
                _save_profile(tx, player, profile, poll, at)
            else:
                gone = {"profile_checked_at": at, "gone_at": player.gone_at or at}
                tx.execute(players.update().where(players.c.id == player.id).values(**gone))

    def save_rank(
        self, player: Player, answer: RankAndScore, proof: AccountSums, at: datetime, poll: AccountPoll
    ) -> None:
        """Store the account's points and its rank. `proof`: the points by an answer that names a player."""
        with self._database.writing() as tx:
            save_rank(tx, player.id, answer, proof, poll, at)
            save_job(tx, player.id, JobKind.CHECK, last_at=at)

    def reconcile(self, player: Player, tracked: TrackedPlayer, at: datetime) -> list[Target]:
        """Make the targets those of the configuration; return the active ones.

        Most calls change nothing, so they must not wait for the write lock: the targets are compared first.
        """
        with self._database.reading() as tx:
            stored = read_targets(tx, player.id)
        if reconcile_targets(stored, tracked.games, at, played=tracked.played) != stored:
            with self._database.writing() as tx:
                stored = _reconcile(tx, player.id, tracked, at)
        return active(stored)

    def targets_of(self, player: Player, ids: Sequence[GameId]) -> list[Target]:
        """Return the targets of these games, the removed ones too."""
        with self._database.reading() as tx:
            return read_some_targets(tx, player.id, ids)

    def follow(self, player: Player, games: Sequence[GameInfo], at: datetime) -> list[GameId]:
        """Make targets of games that were found by playing them, and store their titles.

        Return those that are followed now: no events.
        """
        ids = [game.game_id for game in games]
        with self._database.writing() as tx:
            save_game_infos(tx, games, at)
            follow(tx, player.id, ids, at)
            return followed(tx, player.id, ids)

    def jobs(self, player: Player) -> Jobs:
        """Return what was read last of a player, and where readings go on."""
        with self._database.reading() as tx:
            return read_jobs(tx, player.id)

    def save_job(self, player: Player, kind: JobKind, job: Job) -> None:
        """Store how far a job has come."""
        with self._database.writing() as tx:
            save_jobs(tx, player.id, {kind: job})

    def deactivate_other_players(self, configured: Sequence[TrackedPlayer], at: datetime) -> None:
        """Remove the targets of players who left the configuration; their history stays.

        One who was renamed may be configured by the new name, before a profile has bound it.
        """
        names = {name.lower() for entry in configured for name in (entry.username, entry.ulid) if name}
        p = players.c
        with self._database.writing() as tx:
            rows = tx.execute(sa.select(p.id, p.ulid, p.config_name, p.username)).all()
            unbound = names - {(r.config_name or "").lower() for r in rows}
            left = [
                r.id
                for r in rows
                if not {r.ulid.lower(), (r.config_name or "").lower()} & names
                and r.username.lower() not in unbound
            ]
            removed = sa.and_(targets.c.player_id.in_(left), targets.c.removed_at.is_(None))
            tx.execute(targets.update().where(removed).values(removed_at=at))


def _reject_duplicate(row: sa.Row[Any], tracked: TrackedPlayer) -> None:
    if tracked.is_used_by_another(row.ulid, row.config_name):
        other = row.config_name or row.ulid
        raise ConfigError(f"{tracked.label} and {other} are the same player; keep one of the [[players]]")


def _set_config_name(tx: sa.Connection, player: Player, name: str | None) -> None:
    """Bind the name to this player, and to no other one."""
    same_name = sa.func.lower(players.c.config_name) == (name or "").lower()
    # First from the player who had it: a configured name may move to another ULID.
    tx.execute(players.update().where(same_name).values(config_name=None))
    tx.execute(players.update().where(players.c.id == player.id).values(config_name=name))


def _save_profile(
    tx: sa.Connection, player: Player, profile: Profile, poll: AccountPoll, at: datetime
) -> None:
    """Store the current name and the totals. Totals that are suspect are read again in an hour."""
    values = {"username": profile.username, "profile_checked_at": at, "gone_at": None}
    tx.execute(players.update().where(players.c.id == player.id).values(**values))
    _save_name(tx, player, profile, at)
    if not save_totals(tx, player.id, profile.totals, poll, at):
        save_job(tx, player.id, JobKind.PROFILE, next_at=at + RETRY_SUSPECT_AFTER)
    elif player.profile_due_at:
        save_job(tx, player.id, JobKind.PROFILE, next_at=None)


def _save_name(tx: sa.Connection, player: Player, profile: Profile, at: datetime) -> None:
    """Store until when the player has had this name."""
    names = player_names.c
    own = names.player_id == player.id
    newest = tx.execute(
        sa.select(player_names).where(own).order_by(names.first_seen_at.desc()).limit(1)
    ).one_or_none()
    if newest and newest.username != profile.username and newest.last_seen_at >= at:
        return  # our clock was set back: the new name is stored once the clock is right
    if newest and newest.username == profile.username:
        this = sa.and_(own, names.first_seen_at == newest.first_seen_at, names.last_seen_at < at)
        tx.execute(player_names.update().where(this).values(last_seen_at=at))
    else:
        name = {"player_id": player.id, "username": profile.username, "first_seen_at": at, "last_seen_at": at}
        tx.execute(insert_or_ignore(tx, player_names).values(**name))


def _reconcile(tx: sa.Connection, player_id: int, tracked: TrackedPlayer, at: datetime) -> list[Target]:
    """Write the targets that differ from the configuration; return all of them."""
    before = read_targets(tx, player_id, lock=True)
    after = reconcile_targets(before, tracked.games, at, played=tracked.played)
    known = {target.game_id: target for target in before}
    if new := [target for target in after if target.game_id not in known]:
        tx.execute(insert_or_ignore(tx, games), [{"id": target.game_id} for target in new])
        tx.execute(insert_or_ignore(tx, targets), [_new_target(player_id, target, at) for target in new])
    changed = [
        _changed_target(player_id, target) for target in after if target != known.get(target.game_id, target)
    ]
    if changed:
        tx.execute(UPDATE_TARGET, changed)
    return after


def _new_target(player_id: int, target: Target, at: datetime) -> dict[str, Any]:
    values = {name: getattr(target, name) for name in TARGET}
    return {**values, "player_id": player_id, "added_at": at}


def _changed_target(player_id: int, target: Target) -> dict[str, Any]:
    values = {name: getattr(target, name) for name in ("due_at", "removed_at")}
    return {**values, "of_player": player_id, "of_game": target.game_id}
