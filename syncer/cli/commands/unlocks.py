"""syncer unlocks"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, tzinfo
from itertools import groupby
from typing import Any

import click

from syncer.app import App
from syncer.cli.output.columns import GAME, PLAYER, Cell, Column, Section
from syncer.cli.output.json_document import print_json_rows
from syncer.cli.output.table import print_table
from syncer.cli.output.terminal import is_terminal, pager, wrapped
from syncer.cli.output.times import format_local, format_local_date
from syncer.cli.support.app_context import open_readonly
from syncer.cli.support.hints import NO_PLAYER, longer_time, with_config
from syncer.cli.support.options import WHEN, find_game, json_option, parse_time_range, player_option
from syncer.core.formats.text import pluralize
from syncer.core.formats.timestamps import end_of, start_of
from syncer.store.read.base import Row
from syncer.store.read.web import is_backdated

COLUMNS = (
    "at",
    PLAYER,
    Column("achievement", wraps=True, max_width=60, comfort=20),
    GAME,
    Column("points", drop_order=1),
    Column("mode", wraps=True, same_only=True),
)


DEFAULT_SINCE = "7d"
MAX_NAMED = 3  # players in the line of a day


@click.command(epilog=WHEN)
@click.option("--since", metavar="WHEN", help="Only unlocks since then. Default: 7d; with --game all.")
@click.option("--until", metavar="WHEN", help="Only unlocks until then.")
@click.option("--game", metavar="GAME", help="Only unlocks of this game: its id or a part of its title.")
@player_option
@json_option
def unlocks(since: str | None, until: str | None, game: str | None, name: str | None, as_json: bool) -> None:
    """Show the unlocked achievements by day, newest first, also those older than the first poll.

    The times are those of the site. The sums of a day, one for each player, count an achievement once, when
    it was first unlocked, and leave events out. "dated back": the site showed the unlock more than an hour
    after its time, as those of an emulator without a connection.

    \b
    Examples:
      syncer unlocks
      syncer unlocks --game "brass meridian"
      syncer unlocks --since 4w --player MaxMilyin
    """
    with open_readonly() as app:
        start, end = parse_time_range(since or (DEFAULT_SINCE if game is None else None), until, app)
        game_id = find_game(game, app) if game is not None else None
        player_ids = [player.id for player in app.queries.players.select(name)]
        with app.queries.unlock_list.stream(player_ids, start, end, game_id) as found:
            if as_json:
                print_json_rows({"since": start, "until": end}, "unlocks", map(as_document, found))
            elif not any(True for _ in found):
                click.echo(wrapped(nothing(start, app) if player_ids else with_config(NO_PLAYER)))
            else:
                with pager():
                    by_day = ByDay(found, app, start, end, named=len(player_ids) > 1)
                    print_table(COLUMNS, by_day, lambda row: _cells(row, app))


def nothing(since: datetime | None, app: App) -> str:
    """Return what to print where there is no unlock."""
    if since is None:
        return with_config("No unlock of this game is stored. To list all games: syncer games")
    hint = longer_time("syncer unlocks", app.clock.now() - since)
    return with_config(f"No unlock since {format_local(since, app)} is stored. {hint}".rstrip())


def as_document(row: Row) -> dict[str, Any]:
    """Return an unlock for JSON, with whether it became visible much later than it is dated."""
    row = row | {"is_backdated": is_backdated(row)}
    return {name: row[name] for name in row if name not in ("player_id", "visible_after")}


class ByDay:
    """The unlocks with a line before each day, on a terminal only: in a pipe each row has its date.

    `start`, `end`: of the rows; a day that they cut says so, as its sums are not those of the whole day.
    `named`: the rows may be those of several players.
    """

    def __init__(
        self, rows: Iterable[Row], app: App, start: datetime | None, end: datetime | None, *, named: bool
    ) -> None:
        self._rows, self._app, self._start, self._end, self._named = rows, app, start, end, named

    def __iter__(self) -> "Iterator[Row | Section]":
        if not is_terminal():
            yield from self._rows
            return
        for day, rows in groupby(self._rows, self._day):
            of_day, cut = list(rows), cut_text(day, self._app.config.zone, self._start, self._end)
            yield Section(day_line(day, of_day, cut, named=self._named))
            yield from of_day

    def _day(self, row: Row) -> date:
        local: date = row["unlocked_at"].astimezone(self._app.config.zone).date()
        return local


def cut_text(day: date, zone: tzinfo, start: datetime | None, end: datetime | None) -> str:
    """Return which part of a day lies in a time: ", since 14:30"; empty if all of it does."""
    since = f", since {start.astimezone(zone):%H:%M}" if start and start > start_of(day, zone) else ""
    until = f", until {end.astimezone(zone):%H:%M}" if end and end < end_of(day, zone) else ""
    return since + until


def day_line(day: date, rows: Sequence[Row], cut: str = "", *, named: bool = False) -> str:
    """Return a day and its sums: 2026-11-30, Monday: 5 achievements, 45 points.

    `named`: those of each player, most points first; of many players the first ones.
    """
    begin = f"{day:%Y-%m-%d, %A}{cut}:"
    if not named:
        return f"{begin} {_sums(rows)}"
    by_player: dict[str, list[Row]] = {}
    for row in rows:
        by_player.setdefault(row["username"], []).append(row)
    most_first = sorted(by_player.items(), key=lambda pair: -sum(row["points"] for row in _counted(pair[1])))
    parts = [f"{name} {_sums(of_player)}" for name, of_player in most_first[:MAX_NAMED]]
    if (more := len(most_first) - MAX_NAMED) > 0:
        parts.append(f"and {pluralize(more, 'more player')}")
    return f"{begin} {'; '.join(parts)}"


def _sums(rows: Iterable[Row]) -> str:
    counted = _counted(rows)
    points = sum(row["points"] for row in counted)
    return f"{pluralize(len(counted), 'achievement')}, {pluralize(points, 'point')}"


def _counted(rows: Iterable[Row]) -> list[Row]:
    return [row for row in rows if not row["is_upgrade"] and not row["is_event"]]


def _cells(row: Row, app: App) -> list[object]:
    at = row["unlocked_at"].astimezone(app.config.zone)
    return [
        f"{at:%H:%M}" if is_terminal() else f"{format_local_date(at, app)} {at:%H:%M}",
        row["username"],
        row["title"] or str(row["achievement_id"]),
        row["game"] or str(row["game_id"]),
        row["points"],
        _mode(row),
    ]


def _mode(row: Row) -> Cell:
    """Return hardcore or softcore; hardcore alone is what most players are after, so it stands out."""
    mode = "hardcore" if row["hardcore"] else "softcore"
    again = ", softcore before" if row["is_upgrade"] else ""
    late = ", dated back" if is_backdated(row) else ""
    event = ", event" if row["is_event"] else ""
    return Cell(f"{mode}{again}{late}{event}", "yellow" if late else "green" if row["hardcore"] else None)
