"""syncer diff"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

import click

from syncer.app import App
from syncer.cli.output.diff_text import (
    COLUMNS,
    cells,
    counted_first_polls,
    first_poll_counts,
    first_polls,
    headlines,
)
from syncer.cli.output.json_document import print_json
from syncer.cli.output.table import print_table
from syncer.cli.output.terminal import echo, pager, wrapped
from syncer.cli.output.times import format_local
from syncer.cli.support.app_context import open_readonly
from syncer.cli.support.hints import NO_PLAYER, with_config
from syncer.cli.support.options import WHEN, json_option, parse_when, player_option
from syncer.core.model.progress import PROGRESS_COLUMNS
from syncer.store.read.base import Row
from syncer.store.read.players import PlayerRef


@click.command(epilog=f"FROM is the earlier WHEN. TO is the later WHEN, by default now. {WHEN}")
@click.argument("since", metavar="FROM")
@click.argument("until", metavar="TO", default="now")
@click.option("--all", "list_all", is_flag=True, help="List also the games of a first poll, however many.")
@player_option
@json_option
def diff(since: str, until: str, list_all: bool, name: str | None, as_json: bool) -> None:
    """Show how the followed games differ between two moments.

    A game that was polled for the first time in between counts for no sum: what it had before is not known.
    A few of a player are listed; more of them are counted in one line. What happened in between and was
    undone again is in: syncer changes.

    "between two polls": a moment lies between two polls with different numbers; those of the earlier one
    count. "in a gap": the game was not polled as promised then. A revised set has its number of
    achievements before and after.

    \b
    Examples:
      syncer diff 2026-05-01
      syncer diff 2026-05-01 2026-06-01 --player MaxMilyin
    """
    with open_readonly() as app:
        now = app.clock.now()
        start, end = (parse_when(text, app, end_of_day=True) for text in (since, until))
        if end < start:
            raise click.UsageError(f"{until} lies before {since}; give the earlier moment first")
        selected = app.queries.players.select(name)
        found = [
            row
            for player in selected
            for row in differences(*(states(app, player.id, player.username, at) for at in (start, end)))
        ]
        if as_json:
            print_json({"from": start, "to": end, "targets": found})
        elif not selected:
            click.echo(with_config(NO_PLAYER))
        elif not found:
            hint = with_config("What changed and was undone again: syncer changes")
            click.echo(wrapped(f"No game differs between {_both(start, end, app)}. {hint}"))
        else:
            polled = _first_polled(app, selected, start, end)
            hints = [with_config(first_polls(polled, since, app))] if polled else []
            counts = {} if list_all else counted_first_polls(found)
            lines = [*headlines(found, _both(start, end, app)), *first_poll_counts(counts), *hints]
            print_differences(lines, [row for row in found if not is_counted(row, counts)], end >= now)


def is_counted(row: Row, counts: Mapping[str, int]) -> bool:
    """Return whether a line counts the game with others, so that no row lists it."""
    return row["kind"] == "first_poll" and row["username"] in counts


def print_differences(lines: Iterable[str], rows: Sequence[Row], is_present: bool) -> None:
    with pager():
        for line in lines:
            echo(wrapped(line))
        if rows:
            print_table(COLUMNS, [cells(row, is_present=is_present) for row in rows])


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


def _both(start: datetime, end: datetime, app: App) -> str:
    return f"{format_local(start, app)} and {format_local(end, app)}"


def _first_polled(
    app: App, selected: Sequence[PlayerRef], start: datetime, end: datetime
) -> dict[str, datetime]:
    """Return when those players were polled first whose first poll lies between two moments."""
    first = {player.username: app.queries.players.first_poll(player.id) for player in selected}
    return {name: at for name, at in first.items() if at and start < at <= end}
