"""syncer changes"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import click

from syncer.app import App
from syncer.cli.output.columns import GAME, PLAYER, Column
from syncer.cli.output.json_document import print_json_rows
from syncer.cli.output.snapshot_rows import ACHIEVEMENTS, count_cells, kind_cell, names_cell
from syncer.cli.output.table import print_table
from syncer.cli.output.terminal import pager, wrapped
from syncer.cli.output.times import format_local
from syncer.cli.support.app_context import open_readonly
from syncer.cli.support.hints import NO_PLAYER, longer_time, with_config
from syncer.cli.support.options import WHEN, json_option, parse_time_range, player_option
from syncer.cli.support.suggestions import SuggestingChoice
from syncer.core.milestones.texts import CHANGE_TEXTS
from syncer.core.model.library import AwardKind
from syncer.store.read.base import Row

BEATEN = (AwardKind.BEATEN_HARDCORE, AwardKind.BEATEN_SOFTCORE)
COLUMNS = (
    "when",
    PLAYER,
    GAME,
    Column("unlocked", drop_order=3),
    Column("hardcore", drop_order=1),
    Column("points", drop_order=2),
    Column("change", wraps=True),
    ACHIEVEMENTS,
)


AWARDS = {"mastered": ("mastered",), "completed": ("completed",), "beaten": tuple(map(str, BEATEN))}
KINDS = AWARDS | {kind: (kind,) for kind in CHANGE_TEXTS}


def described(kind: str) -> str:
    """Return a kind and, where the table calls it otherwise, that: reset (progress reset)."""
    text = CHANGE_TEXTS.get(kind, kind)
    return kind if text in (kind, kind.replace("_", " ")) else f"{kind} ({text})"


KIND_HELP = f"Only changes of this kind: {', '.join(map(described, KINDS))}."


class OfKind:
    """The changes of some kinds, or that brought some awards; each iteration reads them again."""

    def __init__(self, rows: Iterable[Row], kinds: Collection[str]) -> None:
        self._rows, self._kinds = rows, kinds

    def __iter__(self) -> Iterator[Row]:
        return (row for row in self._rows if row["kind"] in self._kinds or row["award"] in self._kinds)


@click.command(epilog=WHEN)
@click.option(
    "--since", default="7d", show_default=True, metavar="WHEN", help="Only changes seen since then."
)
@click.option("--until", metavar="WHEN", help="Only changes seen by then.")
@click.option("--all", "everything", is_flag=True, help="Also first polls, and polls resumed after a gap.")
@click.option("--kind", type=SuggestingChoice(list(KINDS)), metavar="KIND", help=KIND_HELP)
@player_option
@json_option
def changes(
    since: str, until: str | None, everything: bool, kind: str | None, name: str | None, as_json: bool
) -> None:
    """Show what changed in followed games, newest first, in your time zone.

    Below a game are the achievements that the change unlocked, if their times fit it. A game is mastered
    with all achievements in hardcore, completed with all of them, and beaten as the site awards it. Where all
    rows are about one player, a narrow terminal leaves the column out.

    \b
    Examples:
      syncer changes
      syncer changes --since 4w --player MaxMilyin
      syncer changes --since 1000d --kind mastered
    """
    with open_readonly() as app:
        start, end = parse_time_range(since, until, app)
        assert start  # --since has a default
        player_ids = [player.id for player in app.queries.players.select(name)]
        read = app.queries.history.stream_changes
        with read(player_ids, start, end, everything=everything, detailed=True) as rows:
            found = OfKind(rows, KINDS[kind]) if kind else rows
            if as_json:
                print_json_rows({"since": start, "until": end}, "changes", found)
            elif not any(True for _ in found):
                click.echo(wrapped(nothing(start, kind, app, player_ids)))
            else:
                with pager():
                    print_changes(found, app)


def nothing(since: datetime, kind: str | None, app: App, player_ids: Sequence[int]) -> str:
    """Return what to print where there is no change."""
    first_polls = [found for player in player_ids if (found := app.queries.players.first_poll(player))]
    if not first_polls:
        return with_config(NO_PLAYER)
    first, what = min(first_polls), f"No change of the kind {kind}" if kind else "No change"
    if since < first:  # a longer time has no more
        hints = ["What was unlocked before: syncer unlocks --since 4w"]
        begin = f"{what} since the first poll, {format_local(first, app)}"
    else:
        hints = [longer_time("syncer changes", app.clock.now() - since)]
        begin = f"{what} since {format_local(since, app)}"
    if kind in AWARDS:
        hints.append(f"All games in this state: syncer games --state {kind}")
    return with_config(". ".join([begin, *filter(None, hints)]))


def print_changes(found: Iterable[dict[str, Any]], app: App) -> None:
    """Print the changes, each with its date: a row must not depend on one that has scrolled away."""
    print_table(COLUMNS, found, lambda change: _cells(change, app))


def _cells(change: dict[str, Any], app: App) -> list[object]:
    return [
        format_local(change["first_seen_at"], app),
        change["username"],
        change["title"] or str(change["game_id"]),
        *count_cells(change),
        kind_cell(change),
        names_cell(change["unlocks"]),
    ]
