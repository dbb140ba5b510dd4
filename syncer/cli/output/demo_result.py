"""What three weeks of the demo have left: the players, the requests, the newest sessions and changes."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from math import ceil
from pathlib import PurePosixPath

import click

from syncer.app import App
from syncer.core.formats.text import format_duration
from syncer.core.polling.hours import format_played, played_in
from syncer.demo.request_log import ReceivedRequest

from .characters import cell_width
from .table import SEPARATOR, Column, print_table
from .times import format_local, format_local_date

MAX_LISTED = 8  # changes
LINE_WIDTH = 80
MIN_TITLE_WIDTH = 12
CHANGE_COLUMNS: tuple[str | Column, ...] = ("when", "player", "game", "unlocked", "points", "change")
TITLE = 2  # its place in CHANGE_COLUMNS
# What a request is for. What is not listed is for unlocks, awards and titles.
KINDS = {
    "API_GetUserRecentlyPlayedGames": "probe: the games played last",
    "API_GetUserRankAndScore": "check: points and rank of the account",
    "API_GetUserProgress": "sweep and search: progress of a batch",
    "API_GetGameList": "search: the games of a console",
}
OTHER = "unlocks, awards, titles, hours of play"


def show_result(app: App, requests: Sequence[ReceivedRequest], span: timedelta) -> None:
    """Print what is in the database, and what it took; `span`: how long was recorded."""
    now, rows, changes = app.clock.now(), [], []
    for player in app.queries.players.select():
        latest = app.queries.history.state_at(player.id, now, now, app.config.gap_after)
        games = [row["game_id"] for row in latest]
        snapshots = [s for g in games for s in app.queries.history.snapshots(player.id, g, None, None)]
        changes += [snapshot for snapshot in snapshots if snapshot["kind"] != "baseline"]
        points = sum(row["score_achieved"] for row in latest)
        played = played_text(app, player.id, games, span)
        since = format_local_date(first_poll(app, player.id), app)
        rows.append([player.username, since, len(games), points, len(snapshots), *played])
    print_table(["player", "since", "games", "points", "snapshots", "sessions", "played"], rows)
    click.echo("\nThe newest changes:\n")
    print_changes(app, changes)
    click.echo("\nWhat the requests were for:\n")
    print_table(["requests", "for"], [[f"{count:,}", kind] for kind, count in by_kind(requests)])
    click.echo(f"\n{comparison(app, len(requests))}")


def played_text(app: App, player_id: int, games: Iterable[int], span: timedelta) -> list[object]:
    """Return how many sessions were recorded, and how long they were together."""
    now = app.clock.now()
    sessions = [s for game in games for s in app.queries.play.sessions(player_id, game, 1000)]
    return [len(sessions), format_played(played_in(sessions, now - span, now))]


def by_kind(requests: Iterable[ReceivedRequest]) -> list[tuple[str, int]]:
    """Return how many requests were sent for what, most first."""
    return Counter(KINDS.get(PurePosixPath(one.path).stem, OTHER) for one in requests).most_common()


def comparison(app: App, requests: int) -> str:
    """Return the sentence that compares with polling every game each time."""
    every, now, instead = app.config.schedule.interval, app.clock.now(), 0
    for player in app.queries.players.select():
        targets = len(app.queries.players.targets(player.id))
        times = (now - first_poll(app, player.id)) // every + 1
        instead += times * ceil(targets / app.config.batch_size)
    each = format_duration(every.total_seconds())
    return f"{requests:,} requests in three weeks; all games each {each} would have taken {instead:,}."


def first_poll(app: App, player_id: int) -> datetime:
    found = app.queries.players.first_poll(player_id)
    assert found is not None
    return found


def print_changes(app: App, changes: Sequence[dict[str, object]]) -> None:
    newest = sorted(changes, key=lambda c: (c["first_seen_at"], c["id"]))[-MAX_LISTED:]
    columns, cells = list(CHANGE_COLUMNS), [change_cells(change, app) for change in newest]
    columns[TITLE] = Column("game", MIN_TITLE_WIDTH, max_width=title_width(cells))
    print_table(columns, cells)


def title_width(cells: Sequence[Sequence[object]]) -> int:
    """Return how wide a title may be in a line of 80 cells, given what the other columns need."""
    columns = list(zip([str(column) for column in CHANGE_COLUMNS], *cells, strict=True))
    others = [max(cell_width(str(text)) for text in column) for column in columns]
    del others[TITLE]
    return max(MIN_TITLE_WIDTH, LINE_WIDTH - sum(others) - len(SEPARATOR) * len(others))


def change_cells(change: dict[str, object], app: App) -> list[object]:
    seen_at = change["first_seen_at"]
    assert isinstance(seen_at, datetime)
    return [
        format_local(seen_at, app),
        change["username"],
        change["title"] or f"game {change['game_id']}",
        f"{change['num_achieved']}/{change['num_possible_achievements']}",
        f"{change['score_achieved_delta']:+d}",
        change["kind"],
    ]
