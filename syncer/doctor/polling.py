"""Checks of polling: runs succeed, polls come as promised, and answers are accepted."""

from collections.abc import Mapping
from datetime import timedelta

from syncer.core.backfill.unreadable import LISTING_UNREADABLE
from syncer.core.estimate.day import polls_per_day
from syncer.core.formats.text import format_duration, pluralize
from syncer.core.model.player import Player
from syncer.core.model.run import RunOutcome
from syncer.store.read.base import Row

from .context import CheckContext
from .result import NOTHING_POLLED, UNREADABLE, CheckResult, combine, fail, ok, warn

RECENT_WINDOW = timedelta(days=7)
DAY = timedelta(days=1)
MIN_PROMISED_RUNS = 4  # with fewer, a single missing run would look like half of them
MIN_SHARE = 0.5  # of the promised runs
SHOW_ROWS = "to see the rows: syncer export rejections"
MAX_LISTED = 5  # ids in a sentence
BEGIN = "For one run: syncer sync. To keep recording: syncer run"
START_DAEMON = "Start the daemon: syncer run. If it is running: syncer status"
EXPLAINED_BY = {  # unsuccessful outcomes of a run, and the checks that may have reported the cause
    RunOutcome.FAILED: {"request budget", "key", "players", "clock", "unreadable rows"},
    RunOutcome.DEFERRED: {"request budget", "key"},
    RunOutcome.PARTIAL: {"targets", "suspect answers", "unreadable rows"},
}
# Checks that may have reported why nothing was polled yet.
BLOCKING = {"permissions", "folder", "database", "schema", *EXPLAINED_BY[RunOutcome.FAILED]}


def cadence(context: CheckContext) -> CheckResult:
    """Check whether polls come as often as promised."""
    checks = (_overdue, _account_overdue, _too_few_runs)
    late = (
        next((found for check in checks if (found := check(context, player))), None)
        for player in context.active_players
    )
    return combine([result for result in late if result], _if_none(context, "polls come as promised"))


def _overdue(context: CheckContext, player: Player) -> CheckResult | None:
    """Report overdue games, except those that `targets` and `suspect answers` report."""
    queries, now = context.app.queries.diagnostics, context.app.clock.now()
    overdue = set(queries.overdue(player.id, now, context.app.config.gap_after))
    # A game that fails or is suspect is polled, and has its own check.
    overdue -= {*queries.failing(player.id), *queries.suspect_games(player.id, now - RECENT_WINDOW)}
    if not overdue:
        return None
    what = f"{pluralize(len(overdue), 'game')} of {player.username} should have been polled by now"
    return fail(what, START_DAEMON, 69)


def _account_overdue(context: CheckContext, player: Player) -> CheckResult | None:
    """Report an account that is not polled, though each game may wait longer than that."""
    app = context.app
    gaps = app.queries.account_polls.gaps(player.id, app.clock.now(), app.config.gap_after)
    since = next((gap["started_at"] for gap in gaps if gap["ended_at"] is None), None)
    if since is None:
        return None
    return fail(f"{player.username} was not polled since {since:%Y-%m-%d %H:%M} UTC", START_DAEMON, 69)


def _too_few_runs(context: CheckContext, player: Player) -> CheckResult | None:
    app, now = context.app, context.app.clock.now()
    count, days = app.queries.runs.count_since(player.id, now - DAY, now)
    promised = days * polls_per_day(app.config.schedule)
    if promised < MIN_PROMISED_RUNS or count >= MIN_SHARE * promised:
        return None
    length = format_duration(days * DAY)
    what = f"{player.username}: {pluralize(count, 'run')} in {length}, {promised:.0f} were promised"
    return warn(what, "Keep the daemon running (syncer run), or set [schedule] every to a longer time")


def gaps(context: CheckContext) -> CheckResult:
    """Check for gaps that ended recently: of the account or, if it has none, of single games."""
    found = (_recent_gaps(context, player) for player in context.active_players)
    return combine(
        [result for result in found if result], _if_none(context, "none that ended in the last 7 days")
    )


def _recent_gaps(context: CheckContext, player: Player) -> CheckResult | None:
    queries, since, name = context.app.queries, context.app.clock.now() - RECENT_WINDOW, player.username
    if count := queries.account_polls.gap_count(player.id, since):
        return warn(f"{pluralize(count, 'gap')} of {name} in the last 7 days", f"syncer gaps --player {name}")
    if games := queries.history.target_gap_count(player.id, since):
        what = f"{pluralize(games, 'game')} of {name} had gaps in the last 7 days"
        return warn(what, f"syncer gaps --targets --player {name}")
    return None


def targets(context: CheckContext) -> CheckResult:
    """Check for ids that fail, and for configured ids without achievements."""
    found, queries = [], context.app.queries
    for player in context.active_players:
        if failing := queries.diagnostics.failing(player.id):
            hint = "They are polled less often, one by one; remove from [[players]] games what is not a game"
            found.append(warn(f"no answer about {_list_games(failing)} of {player.username}", hint))
        # A configured id may be mistyped; a played game without achievements has lost its set.
        if empty := queries.games.without_achievements(player.id, source="config"):
            hint = "No such game, or no set yet; correct mistyped ids in [[players]] games"
            found.append(warn(f"no achievements in {_list_games(empty)} of {player.username}", hint))
    return combine(found, _if_none(context, "every game was answered"))


def suspect_answers(context: CheckContext) -> CheckResult:
    """Check for games whose answers were rejected and not confirmed yet."""
    since = context.app.clock.now() - RECENT_WINDOW
    suspect = [
        (player.username, context.app.queries.diagnostics.suspect_games(player.id, since))
        for player in context.active_players
    ]
    hint = "They are polled again, and stored once they are confirmed: syncer status"
    found = [
        warn(f"suspect answers about {_list_games(ids)} of {name}", hint) for name, ids in suspect if ids
    ]
    return combine(found, _if_none(context, "every answer was accepted"))


def unreadable_rows(context: CheckContext) -> CheckResult:
    """Check for rows of lists that cannot be read, and for a listing of which no row can."""
    results = (_check_rows(context, player) for player in context.active_players)
    return combine([result for result in results if result], _if_none(context, "every row was read"))


def _check_rows(context: CheckContext, player: Player) -> CheckResult | None:
    queries = context.app.queries
    endpoints = queries.diagnostics.unreadable_rows(player.id)
    listed = ", ".join(f"{count} of {endpoint}" for endpoint, count in endpoints.items())
    if queries.health.is_listing_unreadable(player.id):
        what = f"{player.username}: {LISTING_UNREADABLE}; nothing is followed ({listed})"
        return fail(what, f"It is read again as after an outage; {SHOW_ROWS}", 69)
    if not endpoints:
        return None
    what = f"{player.username}: {pluralize(sum(endpoints.values()), 'row')} cannot be read ({listed})"
    return warn(what, f"They are read again once a day, the others are stored; {SHOW_ROWS}")


def runs(context: CheckContext) -> CheckResult:
    """Check the last run of each player; before any is stored, the last run without a player."""
    if context.unchecked == UNREADABLE:
        return ok(UNREADABLE)
    if context.unchecked and not (context.is_readable and context.app.queries.runs.last(None)):
        # No warning: a new installation is as it should be.
        return ok(NOTHING_POLLED if context.not_ok & BLOCKING else f"{NOTHING_POLLED}. {BEGIN}")
    names = {player.id: player.username for player in context.active_players}
    ids = list(names) if context.stored_players else [None]
    last_runs = [last for player_id in ids if (last := context.app.queries.runs.last(player_id))]
    found = [_describe_run(last, names) for last in last_runs if _is_unexplained(last, context.not_ok)]
    if context.stored_players and not context.not_ok & BLOCKING:
        missing = [entry.label for entry in context.app.config.players if entry not in context.stored_players]
        found += [warn(f"nothing of {name} was polled yet", "syncer sync") for name in missing]
    explained = [last for last in last_runs if last["outcome"] in EXPLAINED_BY]
    return combine(
        found, "what failed in the last run is named above" if explained else "the last runs succeeded"
    )


def _is_unexplained(run: Row, not_ok: set[str]) -> bool:
    """Return whether the run was unsuccessful and no other check has reported the cause."""
    outcome = run["outcome"]
    # One cause is one finding: doctor would otherwise advise the same thing twice.
    return outcome in EXPLAINED_BY and not not_ok & EXPLAINED_BY[outcome]


def _describe_run(run: Row, names: Mapping[int, str]) -> CheckResult:
    of_player = f" of {names[run['player_id']]}" if run["player_id"] else ""
    error = f": {run['error']}" if run["error"] else ""
    return warn(f"the last run{of_player} ended as {run['outcome']}{error}", "syncer sync")


def _if_none(context: CheckContext, text: str) -> str:
    return context.unchecked or text


def _list_games(ids: list[int]) -> str:
    listed = ", ".join(map(str, ids[:MAX_LISTED]))
    return f"game{'s' * (len(ids) > 1)} {listed}{' …' * (len(ids) > MAX_LISTED)}"
