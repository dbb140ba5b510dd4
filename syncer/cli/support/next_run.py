"""What the next run of a player will find: the state that its plan is made of. Stores nothing."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from syncer.app import App
from syncer.core.backfill.run import PLAYTIME_READ_WITHIN
from syncer.core.backfill.titles import CONSOLE_LIST_TTL, TITLE_TTL, refresh_requests
from syncer.core.estimate.next_run import BackfillSize, after_probe
from syncer.core.model.library import PlayedGame
from syncer.core.model.player import Player
from syncer.core.model.progress import GameId
from syncer.core.polling.sessions import MAX_PAUSE
from syncer.core.ports import TrackedPlayer
from syncer.core.sync.plan import PlayerState, RunPlan
from syncer.core.sync.player_sync import PlayerSync
from syncer.core.sync.reconcile import planned_targets
from syncer.store.db.revision import current


def stored_player(app: App, tracked: TrackedPlayer) -> Player | None:
    """Return the player as stored; None also if there is no database yet."""
    return app.queries.players.find(tracked.username, tracked.ulid) if current(app.database) else None


def is_first_backfill(tracked: TrackedPlayer, player: Player | None) -> bool:
    """Return whether only the site knows how much there is to read."""
    if tracked.played and (player is None or player.library_synced_at is None):
        return True
    return tracked.unlocks and (player is None or player.unlocks_synced_until is None)


def stored_state(
    app: App, syncer: PlayerSync, player: Player | None, listed: Sequence[GameId]
) -> PlayerState:
    """Return what the next run will find. `listed`: played games that are not stored yet."""
    tracked, now = syncer.tracked, app.clock.now()
    stored = app.queries.players.targets(player.id) if player else []
    targets = planned_targets(tracked, stored, listed, now)
    if player is None:
        return PlayerState(None, targets)
    interrupted = app.queries.runs.interrupted_started_at(player.id)
    drop = app.queries.runs.standing_drop(player.id)
    jobs, rates = syncer.players.jobs(player), syncer.rates(player, now)
    return PlayerState(player, targets, interrupted, drop, jobs, rates)


def next_plan(app: App, syncer: PlayerSync, state: PlayerState, *, due: bool) -> RunPlan:
    """Return the plan of the next run; like a run, plan the polls again after its probe."""
    plan = syncer.plan(state, only_due=due)
    if not plan.probes:
        return plan
    newest = app.queries.observed.played_last(state.player.id) if state.player else []
    probed = after_probe(state, plan, newest[: plan.probe_rows], app.clock.now())
    return replace(plan, plan_polls=syncer.plan(probed, only_due=due).plan_polls)


def backfill_size(
    app: App, plan: RunPlan, tracked: TrackedPlayer, listed: Sequence[PlayedGame]
) -> BackfillSize:
    """Return how much the backfill has left to read."""
    state = plan.state
    if listed:
        return BackfillSize(len(listed), sum(game.num_awarded or 0 for game in listed))
    if state.player is None:
        return BackfillSize()
    now, queries = app.clock.now(), app.queries
    played, unlocks = queries.diagnostics.backfill_size(state.player.id)
    followed = {target.game_id for target in state.targets}
    untitled = queries.games.untitled_count(followed)
    outdated = queries.games.outdated_consoles(now - CONSOLE_LIST_TTL)
    consoles = None if outdated is None else len(outdated)
    titles = queries.games.outdated_titles(state.player.id, now - TITLE_TTL)
    refreshes = refresh_requests([title for title in titles if title.game_id in followed], outdated)
    # After an interrupted run a difference may only mean that the unlocks were not read yet.
    mismatched = 0 if state.interrupted else len(queries.unlocks.games_to_reread(state.player.id, now))
    pages = queries.unlocks.list_pages_left(state.player.id)
    account = queries.account.newest(state.player.id)
    no_points = account is not None and not account["points"]
    playtimes = playtimes_due(app, state.player, now, probes=plan.probes) if tracked.sessions else 0
    return BackfillSize(
        *(played, unlocks, untitled, consoles, mismatched, refreshes, pages, no_points, playtimes)
    )


def playtimes_due(app: App, player: Player, now: datetime, *, probes: bool) -> int:
    """Return how many playtimes the next run may read."""
    silent_since = now - MAX_PAUSE if probes else None
    return app.queries.observed.playtimes_due(player.id, now - PLAYTIME_READ_WITHIN, silent_since)
