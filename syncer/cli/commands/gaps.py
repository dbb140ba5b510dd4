"""syncer gaps"""

from collections.abc import Sequence
from datetime import datetime

import click

from syncer.app import App
from syncer.cli.output.columns import GAME, PLAYER
from syncer.cli.output.json_document import print_json
from syncer.cli.output.table import print_table
from syncer.cli.output.terminal import pager
from syncer.cli.output.times import format_local
from syncer.cli.support.app_context import open_readonly
from syncer.cli.support.hints import NO_PLAYER, with_config
from syncer.cli.support.options import json_option, player_option
from syncer.core.formats.text import format_duration, pluralize
from syncer.core.monitoring.gaps import Gap, group_gaps, span

TIMES = ("from", "to", "duration")


@click.command()
@click.option("--targets", "of_targets", is_flag=True, help="Show the gaps of single games instead.")
@player_option
@json_option
def gaps(of_targets: bool, name: str | None, as_json: bool) -> None:
    """Show when the account was not polled, longest first, including a current gap.

    A gap is recorded if an answer about the player came later than promised ([schedule] every) by more than
    [schedule] gap_after, or has not come yet. A single game is promised a poll in [schedule] idle_every, so
    that it may have gaps of its own: --targets shows them. Games whose gaps began and ended together share a
    row; --json has one entry for each game.
    """
    with open_readonly() as app:
        now = app.clock.now()
        read = app.queries.history.target_gaps if of_targets else app.queries.account_polls.gaps
        found = {
            player: read(player.id, now, app.config.gap_after) for player in app.queries.players.select(name)
        }
        if as_json:
            each = [{"username": p.username, **gap} for p, gaps in found.items() for gap in gaps]
            print_json({"now": now, "gaps": each})
        elif not found:
            click.echo(with_config(NO_PLAYER))
        elif not any(found.values()):
            click.echo(f"No gaps: every {'game' if of_targets else 'account'} was polled as promised.")
        elif of_targets:
            rows = [[p.username, *row] for p, gaps in found.items() for row in target_rows(gaps, now, app)]
            with pager():
                print_table([PLAYER, GAME, *TIMES], rows)
        else:
            rows = [
                [p.username, *_times(gap["started_at"], gap["ended_at"], now, app)]
                for p, gaps in found.items()
                for gap in gaps
            ]
            with pager():
                print_table([PLAYER, *TIMES], rows)


def target_rows(gaps: Sequence[Gap], now: datetime, app: App) -> list[list[object]]:
    """Return one row for each group of gaps that began and ended together, longest first."""
    groups = [(*span(group), _games(group)) for group in group_gaps(gaps)]
    # start - end is negative, so ascending order puts the longest first.
    groups.sort(key=lambda group: group[0] - (group[1] or now))
    return [[games, *_times(start, end, now, app)] for start, end, games in groups]


def _times(start: datetime, end: datetime | None, now: datetime, app: App) -> list[str]:
    length = format_duration(((end or now) - start).total_seconds())
    return [format_local(start, app), format_local(end, app) if end else "now", length]


def _games(group: Sequence[Gap]) -> object:
    """Return the game if there is only one, otherwise how many there are."""
    first = group[0]
    return pluralize(len(group), "game") if len(group) > 1 else first["title"] or str(first["game_id"])
