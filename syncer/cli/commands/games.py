"""syncer games"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import click

from syncer.app import App
from syncer.cli.output.columns import GAME, PLAYER, Cell, Column
from syncer.cli.output.json_document import print_json
from syncer.cli.output.snapshot_rows import AWARD_COLOUR
from syncer.cli.output.table import print_table
from syncer.cli.output.terminal import echo, pager, wrapped
from syncer.cli.output.times import format_local_date
from syncer.cli.support.app_context import open_readonly
from syncer.cli.support.hints import with_config
from syncer.cli.support.options import json_option, player_option
from syncer.cli.support.suggestions import SuggestingChoice
from syncer.core.formats.search import is_found
from syncer.core.formats.site_address import game_id_in
from syncer.core.formats.text import fold, pluralize
from syncer.core.milestones.states import BEATEN, STATE_TEXTS, GameState
from syncer.core.model.progress import EPOCH
from syncer.core.polling.hours import Played, TotalPlayed, format_played
from syncer.store.read.base import Row

COLUMNS = {  # by the sort that needs them; the others have names of their own
    "player": PLAYER,
    "title": GAME,
    "console": Column("console", wraps=True, drop_order=3, max_width=20),
    "unlocked": Column("unlocked"),
    "percent": Column("%", drop_order=6),
    "hardcore": Column("hardcore", drop_order=2),
    "points": Column("points", drop_order=1),
    "state": Column("state", wraps=True, comfort=10),
    "last": Column("last unlock", drop_order=5),
    "played": Column("played", drop_order=4),
}
STATES = {state.value: (state,) for state in GameState} | {"beaten": BEATEN}
STATE_HELP = f"Only games in this state: {', '.join(STATES)}."
PLACES = {state.value: place for place, state in enumerate(GameState)}
COLOURS = dict.fromkeys(("mastered", "completed"), AWARD_COLOUR) | dict.fromkeys(BEATEN, "green")
SORTS: dict[str, Callable[[Row], Any]] = {
    "title": lambda row: fold(row["title"] or ""),
    "console": lambda row: (fold(row["console_name"] or ""), fold(row["title"] or "")),
    "percent": lambda row: -(row["percent"] or 0),
    "points": lambda row: -(row["score_achieved"] or 0),
    "state": lambda row: (PLACES[row["state"]], fold(row["title"] or "")),
    "last": lambda row: EPOCH - (row["last_unlocked_at"] or EPOCH),
    "played": lambda row: -((row["played_seconds_least"] or 0) + (row["played_seconds_most"] or 0)),
}


@click.command()
@click.argument("text", default="", metavar="[TEXT]")
@click.option("--state", type=SuggestingChoice(list(STATES)), metavar="STATE", help=STATE_HELP)
@click.option("--console", metavar="TEXT", help="Only games of consoles with this text in their names.")
@click.option(
    "--sort", type=SuggestingChoice(list(SORTS)), default="last", show_default=True, help="The order of rows."
)
@player_option
@json_option
def games(
    text: str, state: str | None, console: str | None, sort: str, name: str | None, as_json: bool
) -> None:
    """Show the followed games: progress, state, last unlock, hours played.

    TEXT is a part of a title or console, or an id: only such games. Neither case nor accents count.

    mastered: all achievements in hardcore. completed: all of them, some in softcore. beaten: as the site
    awards it. An award stays when a set is revised later. The last unlock is the newest one that is stored.

    \b
    Examples:
      syncer games pokemon
      syncer games --state mastered
      syncer games --console "game boy" --sort percent
    """
    words = game_id_in(text).strip()
    with open_readonly() as app:
        rows = [row for row in followed(app, name) if is_wanted(row, words, state, console)]
        rows.sort(key=SORTS[sort])
        if as_json:
            print_json({"games": rows})
        elif not rows:
            click.echo(with_config(nothing(is_filtered=bool(text or state or console))))
        else:
            with pager():
                shown = shown_columns(rows, sort)
                print_table(list(shown.values()), rows, lambda row: _cells(row, app, shown))
                echo(wrapped(summary(rows)))


def shown_columns(rows: Iterable[Row], sort: str) -> dict[str, Column]:
    """Return the columns, of which the sorted one is never dropped; hours only where some are known."""
    has_played = any(row["played_seconds_most"] is not None for row in rows)
    return {
        name: replace(column, drop_order=0) if name == sort else column
        for name, column in COLUMNS.items()
        if name != "played" or has_played
    }


def nothing(*, is_filtered: bool) -> str:
    """Return what to print where there is no game."""
    if is_filtered:
        return "No game like that is followed. To list all games: syncer games"
    return "No game is followed. To follow games: syncer sync"


def followed(app: App, name: str | None) -> list[Row]:
    """Return the games that are followed, each with its player and how much is unlocked."""
    return [
        {"username": player.username, **row, "percent": percent(row), **played(totals.get(row["game_id"]))}
        for player in app.queries.players.select(name)
        for totals in [app.queries.play.totals(player.id)]
        for row in app.queries.states.of(player.id)
        if row.pop("removed_at") is None
    ]


def played(total: TotalPlayed | None) -> Row:
    """Return the least and the most that a game was played, in seconds; None: nothing is known."""
    found = total.played if total else None
    return {
        "played_seconds_least": round(found.least.total_seconds()) if found else None,
        "played_seconds_most": round(found.most.total_seconds()) if found else None,
    }


def percent(row: Row) -> float | None:
    """Return how much of the set is unlocked; None: it has no achievements, or was never polled.

    More can be unlocked than the set has, while the site counts again: that is all of it.
    """
    possible = row["num_possible_achievements"]
    return min(100.0, round(100 * row["num_achieved"] / possible, 2)) if possible else None


def is_wanted(row: Row, text: str, state: str | None, console: str | None) -> bool:
    """Return whether a game is what is searched, in a state and on a console; no case or accent counts."""
    is_in_state = state is None or row["state"] in STATES[state]
    if not is_found(text, row["game_id"], row["title"], row["console_name"]):
        return False
    return is_in_state and (console is None or fold(console) in fold(row["console_name"] or ""))


def summary(rows: Sequence[Row]) -> str:
    """Return how many games are in which state: 81 games: 12 mastered, 20 beaten (hardcore)."""
    found = Counter(row["state"] for row in rows)
    counted = [f"{found[state]:,} {STATE_TEXTS[state]}" for state in GameState if found[state]]
    return f"{pluralize(len(rows), 'game')}: {', '.join(counted)}"


def _cells(row: Row, app: App, shown: Collection[str]) -> list[object]:
    last = row["last_unlocked_at"]
    cells = [
        row["username"],
        row["title"] or str(row["game_id"]),
        row["console_name"] or "",
        *_counts(row),
        Cell(STATE_TEXTS[GameState(row["state"])], COLOURS.get(row["state"])),
        format_local_date(last, app) if last else "",
    ]
    return [*cells, _hours(row)] if "played" in shown else cells


def _hours(row: Row) -> str:
    if row["played_seconds_most"] is None:
        return ""
    least, most = (timedelta(seconds=row[f"played_seconds_{end}"]) for end in ("least", "most"))
    return format_played(Played(least, most))


def _counts(row: Row) -> list[object]:
    """Return unlocked, percent, hardcore and points; blank for a game that was never polled."""
    possible = row["num_possible_achievements"]
    if possible is None:
        return ["", "", "", ""]
    return [
        f"{row['num_achieved']:,}/{possible:,}",
        "" if row["percent"] is None else int(row["percent"]),  # not rounded: 199 of 200 are not all
        f"{row['num_achieved_hardcore']:,}/{possible:,}",
        f"{row['score_achieved']:,}/{row['possible_score']:,}",
    ]
