"""syncer status"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

import click

from syncer.app import App, names_of
from syncer.cli.output.json_document import print_json
from syncer.cli.output.player_facts import fact_lines, player_facts
from syncer.cli.output.status_table import COLUMNS, cells, headlines
from syncer.cli.output.table import print_table
from syncer.cli.output.terminal import echo, pager, wrapped
from syncer.cli.output.times import format_local
from syncer.cli.support.app_context import open_readonly
from syncer.cli.support.cluster import print_cluster, set_aside_since
from syncer.cli.support.hints import NO_PLAYER, with_config
from syncer.cli.support.options import json_option, player_option
from syncer.core.formats.text import format_duration, pluralize
from syncer.core.model.polling import SumReport
from syncer.core.polling.sum_text import describe_sums
from syncer.core.ratelimit.budget import blocked_until, circuit_open_until
from syncer.store.read.players import PlayerRef
from syncer.store.request_budget import fingerprint


@click.command()
@player_option
@click.option("--cluster", "of_cluster", is_flag=True, help="Show the job queue and its workers instead.")
@json_option
def status(name: str | None, of_cluster: bool, as_json: bool) -> None:
    """Show points, finished sets and streak, what is polled, and how the last run went.

    Of several players a table with what needs attention before it; --player NAME shows one in full.

    Points are those of the profile: softcore is not part of hardcore. Sets are those of the whole account, by
    the best award of each: beaten are those that are neither mastered nor completed. The streak counts days
    in [schedule] timezone on which something was unlocked.

    A game is overdue if its poll is later than promised by more than [schedule] gap_after, and failing if the
    last attempt to poll it failed. Gaps are those of the account: syncer gaps.

    With --cluster: the players who are due, the jobs, the workers, and the players who were set aside because
    each of their runs killed its process.
    """
    if name and of_cluster:
        raise click.UsageError("--cluster is about all players, and --player about one")
    with open_readonly() as app:
        if of_cluster:
            print_cluster(app, as_json=as_json)
            return
        now, aside = app.clock.now(), set_aside_since(app)
        # Midnight by the player's clock: the day may have 23 or 25 hours.
        midnight = datetime.combine(now.astimezone(app.config.zone).date(), time(), app.config.zone)
        chosen = app.queries.players.select(name)
        players = player_rows(app, chosen, now, midnight.astimezone(UTC), aside)
        size = app.queries.storage.size()
        if as_json:
            database = {"database": app.database.name, "database_bytes": size}
            print_json({"now": now, **database, "players": players})
            return
        with pager():
            unpolled = [] if name else unpolled_players(app, chosen)
            if players and len(players) + len(unpolled) > 1:
                print_players(players, unpolled, aside, now, app.config.gap_after)
            else:
                lines = [line for player in players for line in player_lines(app, player, now)]
                echo("\n".join(lines or [with_config(NO_PLAYER)]))
            echo(f"Database: {app.database.name}, {size / 1e6:,.1f} MB")


def print_players(
    players: Sequence[dict[str, Any]],
    unpolled: Sequence[str],
    aside: Mapping[str, datetime],
    now: datetime,
    late: timedelta,
) -> None:
    """Print a row for each player, after what needs attention."""
    for line in headlines(players, unpolled, now, late, aside):
        indent = "    " if line.startswith(" ") else ""
        echo(wrapped(with_config(line), indent=indent))
    echo("")
    print_table(COLUMNS, players, lambda player: cells(player, now))
    echo("")
    echo(with_config("One player in full: syncer status --player NAME"))


def unpolled_players(app: App, stored: Sequence[PlayerRef]) -> list[str]:
    """Return the configured players of whom nothing is stored."""
    known = {name.lower() for p in stored for name in (p.ulid, p.username, p.config_name) if name}
    return [entry.label for entry in app.config.players if not names_of(entry) & known]


def player_rows(
    app: App,
    chosen: Sequence[PlayerRef],
    now: datetime,
    midnight: datetime,
    aside: Mapping[str, datetime],
) -> list[dict[str, Any]]:
    """Return the status of each of the players."""
    queries = app.queries
    keys, reports = KeyStatus(app, now), queries.status.sum_reports(chosen)
    facts = player_facts(app, chosen, now)
    return [
        without_unread(row | facts[player.id])
        | keys.of(player)
        | {"set_aside_at": aside.get((player.config_name or player.ulid).lower())}
        | {"points_check": points_check(reports.get(player.id))}
        for player, row in zip(
            chosen, queries.status.of(chosen, now, midnight, app.config.gap_after), strict=True
        )
    ]


def without_unread(row: dict[str, Any]) -> dict[str, Any]:
    """Return the row with None for what was unlocked today where no unlocks are read."""
    is_read = row["streak"]["days"] is not None
    return row if is_read else row | {"unlocks_today": None, "points_today": None}


class KeyStatus:
    """What the request budgets of the players' keys have recorded, at a moment (UTC)."""

    def __init__(self, app: App, now: datetime) -> None:
        self._now = now
        self._budgets = app.queries.storage.request_budgets()
        # The first entry counts. A player who is configured by ULID has no name, which is no match.
        entries = reversed(app.config.players)
        self._keys = {
            name: entry.key.reveal() for entry in entries for name in (entry.username, entry.ulid) if name
        }

    def of(self, player: PlayerRef) -> dict[str, Any]:
        """Return until when the key of a player waits, and since when it is refused."""
        key = self._keys.get(player.config_name or "") or self._keys.get(player.ulid)
        budget = self._budgets.get(fingerprint(key)) if key else None
        if budget is None:
            return {"not_before": None, "key_refused_at": None}
        return {
            "not_before": blocked_until(budget, self._now) or circuit_open_until(budget, self._now),
            "key_refused_at": budget.refused_at,
        }


def points_check(report: SumReport | None) -> dict[str, Any]:
    """Return how our sums compare with the account's points; None: they were not compared yet."""
    return {
        "checked_at": report and report.checked_at,
        "agreed_at": report and report.agreed_at,
        "hardcore_difference": report and report.difference.hardcore,
        "softcore_difference": report and report.difference.softcore,
        "hardcore_residual": report.residual.hardcore if report and report.residual else None,
        "softcore_residual": report.residual.softcore if report and report.residual else None,
        "searched_at": report and report.searched_at,
        "is_searching": bool(report and report.search),
        "text": describe_sums(report) if report else None,
    }


def player_lines(app: App, player: dict[str, Any], now: datetime) -> Iterator[str]:
    yield f"{player['username']}: {pluralize(player['targets'], 'game')}"
    for label, text in status_lines(app, player, now):
        yield wrapped(text, f"  {label:<10} ")


def promise_lines(player: dict[str, Any], now: datetime) -> list[tuple[str, str]]:
    """Return what is promised beside what was measured."""
    if player["promised_seconds"] is None:
        return []
    longest = player["longest_wait_seconds"]
    waited = "" if longest is None else f" (longest wait in 7 days: {format_duration(longest)})"
    lines = [("promised", f"a poll every {format_duration(player['promised_seconds'])}{waited}")]
    if oldest := player["oldest_poll_at"]:
        within, age = player["target_promised_seconds"], format_duration(now - oldest)
        lines.append(("", f"each game within {format_duration(within)} (oldest poll: {age} ago)"))
    return lines


def status_lines(app: App, player: dict[str, Any], now: datetime) -> list[tuple[str, str]]:
    """Return (label, text) for each line below the player's name."""

    def local(name: str) -> str:
        return format_local(player[name], app)

    lines = fact_lines(player)
    lines.append(("today", today_text(player)))
    if player["set_aside_at"]:
        again = with_config(f"try again: syncer sync --player {player['username']}")
        lines.append(("stopped", f"{local('set_aside_at')}, as each run killed its process; {again}"))
    if player["gone_at"]:
        lines.append(("account", f"not on the site since {local('gone_at')}; its history is kept"))
    if run := player["last_run"]:
        error = f": {run['error']}" if run["error"] else ""
        lines.append(("last run", f"{format_local(run['started_at'], app)}  {run['outcome']}{error}"))
    if player["last_poll_at"]:
        ago = format_duration((now - player["last_poll_at"]).total_seconds())
        lines.append(("last poll", f"{local('last_poll_at')}  ({ago} ago)"))
    lines.append(("next due", local("next_due_at")))
    lines += promise_lines(player, now)
    if player["not_before"]:
        lines.append(("waiting", f"until {local('not_before')}"))
    if player["key_refused_at"]:
        lines.append(
            ("key", f"refused at {local('key_refused_at')}; what to do: {with_config('syncer doctor')}")
        )
    stored = f"{pluralize(player['snapshots'], 'snapshot')}, {pluralize(player['gaps'], 'gap')}"
    lines.append(("polls", f"{player['overdue']:,} overdue, {player['failing']:,} failing"))
    if text := player["points_check"]["text"]:
        found, _, next_step = text.partition("; ")
        lines += [("check", f"the games' points: {found}"), *([("", next_step)] if next_step else [])]
        lines.append(("", _when(player["points_check"], app)))
    lines.append(("stored", stored))
    return lines


def today_text(player: dict[str, Any]) -> str:
    """Return what was unlocked today, and how often polls saw a change."""
    changes = f"{pluralize(player['changes_today'], 'change')} in followed games"
    if player["unlocks_today"] is None:
        return changes
    points = pluralize(player["points_today"], "point")
    return f"{pluralize(player['unlocks_today'], 'achievement')}, {points}; {changes}"


def _when(check: dict[str, Any], app: App) -> str:
    """Return when the sums were compared, and when they were last equal."""
    compared = f"compared {format_local(check['checked_at'], app)}"
    if check["agreed_at"] == check["checked_at"]:
        return compared
    equal = f"last equal {format_local(check['agreed_at'], app)}" if check["agreed_at"] else "never equal"
    return f"{compared}, {equal}"
