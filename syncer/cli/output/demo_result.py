"""What three weeks of the demo have left: points, finished sets, streaks, changes and requests."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import islice
from math import ceil
from pathlib import PurePosixPath

import click

from syncer.app import App
from syncer.core.formats.text import format_duration, pluralize, title_or_id
from syncer.core.polling.hours import format_played, sum_of
from syncer.demo.request_log import ReceivedRequest
from syncer.store.read.base import Row
from syncer.store.read.players import PlayerRef

from .columns import GAME, Column, cell_text
from .player_facts import fact_lines, player_facts
from .snapshot_rows import ACHIEVEMENTS, count_cells, kind_cell, names_cell
from .table import print_table
from .times import format_local, format_local_date

MAX_LISTED = 8  # changes
MAX_SESSIONS = 1000  # of a game
LINE_WIDTH = 80
COLUMNS = ("when", "player", GAME, "unlocked", Column("change", wraps=True), ACHIEVEMENTS)
# What a request is for. What is not listed is for unlocks, awards and titles.
KINDS = {
    "API_GetUserRecentlyPlayedGames": "probe: the games played last",
    "API_GetUserRankAndScore": "check: points and rank of the account",
    "API_GetUserProgress": "sweep and search: progress of a batch",
    "API_GetGameList": "search: the games of a console",
}
OTHER = "unlocks, awards, titles, hours of play"


def show_result(app: App, requests: Sequence[ReceivedRequest]) -> None:
    """Print what is in the database, and what it took."""
    chosen = app.queries.players.select()
    facts = player_facts(app, chosen, app.clock.now())
    for player in chosen:
        click.echo(f"{player.username}, {since_text(app, player)}")
        for label, text in fact_lines(facts[player.id]):
            click.echo(f"  {label:<7} {text}")
    click.echo("\nThe newest changes:\n")
    print_changes(app, [player.id for player in chosen])
    click.echo("\nWhat the requests were for:\n")
    print_table(["requests", "for"], [[f"{count:,}", kind] for kind, count in by_kind(requests)])
    click.echo(f"\n{comparison(app, len(requests))}")


def since_text(app: App, player: PlayerRef) -> str:
    """Return what was recorded: since 2026-11-10: 112 games, played 15.6 h ± 1.8 (25 sessions)."""
    games = [target.game_id for target in app.queries.players.targets(player.id)]
    sessions = sum(len(app.queries.play.sessions(player.id, game, MAX_SESSIONS)) for game in games)
    # The sum of what `syncer games` shows: by the site's own count, where it was read.
    played = sum_of(total.played for total in app.queries.play.totals(player.id).values())
    since = format_local_date(first_poll(app, player.id), app)
    recorded = pluralize(sessions, "session")
    return f"since {since}: {pluralize(len(games), 'game')}, played {format_played(played)} ({recorded})"


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
    return f"{requests:,} requests in three weeks; all games every {each} would have taken {instead:,}."


def first_poll(app: App, player_id: int) -> datetime:
    found = app.queries.players.first_poll(player_id)
    assert found is not None
    return found


def print_changes(app: App, player_ids: Sequence[int]) -> None:
    """Print the newest changes, newest first as `syncer changes` does, in lines of 80 cells."""
    with app.queries.history.stream_changes(player_ids, None, None, everything=False, detailed=True) as found:
        newest = list(islice(found, MAX_LISTED))
    print_table(COLUMNS, newest, lambda change: change_cells(change, app), width=LINE_WIDTH)


def change_cells(change: Row, app: App) -> list[object]:
    """Return when, player, game, how much is unlocked, what changed, and the names of achievements."""
    return [
        format_local(change["first_seen_at"], app),
        change["username"],
        title_or_id(change["title"], change["game_id"]),
        count_cells(change)[0],
        kind_cell(change),
        names_cell(change["unlocks"]),
    ]


def change_line(change: Row, app: App) -> str:
    """Return a change in one line, with the names of achievements at its end."""
    when, player, title, unlocked, what, names = map(cell_text, change_cells(change, app))
    return "  ".join(filter(None, (when, player, title, unlocked, what, names)))
