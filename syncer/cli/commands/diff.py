"""syncer diff"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import click

from syncer.app import App
from syncer.cli.output.columns import GAME, PLAYER, Cell, Column
from syncer.cli.output.json_document import print_json
from syncer.cli.output.snapshot_rows import count_cells
from syncer.cli.output.table import print_table
from syncer.cli.output.terminal import echo, pager, wrapped
from syncer.cli.output.times import format_local
from syncer.cli.support.app_context import open_readonly
from syncer.cli.support.hints import with_config
from syncer.cli.support.options import WHEN, json_option, parse_when, player_option
from syncer.core.formats.text import pluralize
from syncer.core.model.progress import PROGRESS_COLUMNS
from syncer.store.read.base import Row

COLUMNS = (
    PLAYER,
    GAME,
    "unlocked",
    Column("hardcore", drop_order=1),
    Column("points", drop_order=2),
    Column("state", wraps=True, drop_order=3),
)
STATES = {"first_poll": "first poll in between", "removed": "not followed any more", "changed": ""}
UNCERTAIN = {"between": "between two polls", "gap": "in a gap"}


@click.command(epilog=f"FROM is the earlier WHEN. TO is the later WHEN, by default now. {WHEN}")
@click.argument("since", metavar="FROM")
@click.argument("until", metavar="TO", default="now")
@player_option
@json_option
def diff(since: str, until: str, name: str | None, as_json: bool) -> None:
    """Show how the followed games differ between two moments.

    A game that was polled for the first time in between is listed, and counts for no sum: what it had before
    is not known. What happened in between and was undone again is in: syncer changes.

    \b
    Examples:
      syncer diff 2026-05-01
      syncer diff 2026-05-01 2026-06-01 --player MaxMilyin
    """
    with open_readonly() as app:
        start, end = (parse_when(text, app, end_of_day=True) for text in (since, until))
        if end < start:
            raise click.UsageError(f"{until} lies before {since}; give the earlier moment first")
        found = [
            row
            for player in app.queries.players.select(name)
            for row in differences(*(states(app, player.id, player.username, at) for at in (start, end)))
        ]
        if as_json:
            print_json({"from": start, "to": end, "targets": found})
        elif not found:
            hint = with_config("What changed and was undone again: syncer changes")
            click.echo(wrapped(f"No game differs between {_both(start, end, app)}. {hint}"))
        else:
            with pager():
                echo(wrapped(f"Between {_both(start, end, app)}: {summary(found)}."))
                print_table(COLUMNS, [_cells(row) for row in found])


def states(app: App, player_id: int, username: str, at: datetime) -> list[Row]:
    rows = app.queries.history.state_at(player_id, at, app.clock.now(), app.config.gap_after)
    return [{"username": username, **row} for row in rows]


def differences(before: Sequence[Row], after: Sequence[Row]) -> Iterator[Row]:
    """Yield what differs, in the order of games. Deltas are null where a game has one state only."""
    former, latter = ({row["game_id"]: row for row in rows} for rows in (before, after))
    for game in sorted(former | latter):
        old, new = former.get(game), latter.get(game)
        if old and new and all(old[name] == new[name] for name in PROGRESS_COLUMNS):
            continue
        shown: Row = new or former[game]
        kind = "changed" if old and new else "first_poll" if new else "removed"
        yield {
            **{name: shown[name] for name in ("username", "game_id", "title")},
            "kind": kind,
            **{name: shown[name] for name in PROGRESS_COLUMNS},
            **{f"{name}_delta": new[name] - old[name] if old and new else None for name in PROGRESS_COLUMNS},
            "coverage_from": old and old["coverage"],
            "coverage_to": new and new["coverage"],
        }


def summary(found: Iterable[Row]) -> str:
    """Return the sums of the games that have both states."""
    changed = [row for row in found if row["kind"] == "changed"]
    unlocked, hardcore, points = (
        sum(row[f"{name}_delta"] for row in changed)
        for name in ("num_achieved", "num_achieved_hardcore", "score_achieved")
    )
    games = pluralize(len(changed), "game")
    return f"{unlocked:+,} achievements ({hardcore:+,} in hardcore), {points:+,} points, in {games}"


def _both(start: datetime, end: datetime, app: App) -> str:
    return f"{format_local(start, app)} and {format_local(end, app)}"


def _cells(row: Row) -> list[object]:
    uncertain = (UNCERTAIN.get(row[name] or "", "") for name in ("coverage_from", "coverage_to"))
    notes = [STATES[row["kind"]], *dict.fromkeys(uncertain)]
    title = row["title"] or str(row["game_id"])
    return [row["username"], title, *count_cells(row), Cell(", ".join(filter(None, notes)), "yellow")]
