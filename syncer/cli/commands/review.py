"""syncer review"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import click

from syncer.app import App
from syncer.cli.output.columns import strip_controls
from syncer.cli.output.json_document import print_json
from syncer.cli.output.player_facts import reads_unlocks
from syncer.cli.output.review_text import print_review
from syncer.cli.output.review_values import review_values
from syncer.cli.output.terminal import pager
from syncer.cli.support.app_context import open_readonly
from syncer.cli.support.export_targets import STDOUT, new_file, stdout
from syncer.cli.support.hints import NO_PLAYER, with_config
from syncer.cli.support.options import json_option, player_option
from syncer.core.formats.text import name_some
from syncer.core.review.card import card
from syncer.core.review.model import Review
from syncer.core.review.notes import notes
from syncer.core.review.period import Period, parse_period
from syncer.store.read.players import PlayerRef


@click.command()
@click.argument("period", metavar="[PERIOD]", default="")
@click.option(
    "--card",
    "file",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write a card to share, as SVG, to a new file; - for stdout.",
)
@click.option("--force", is_flag=True, help="Replace the file of --card.")
@player_option
@json_option
def review(period: str, file: Path | None, force: bool, name: str | None, as_json: bool) -> None:
    """Show a year or a month: points, sets, best days, streak, hours, consoles.

    PERIOD is a year (2026) or a month (2026-11), in [schedule] timezone; by default this year. Unlocks are
    those of the whole account, without events, by the site's dates. A game that was completed and later
    mastered counts for both. The rarest hour is the one with the fewest unlocks, but at least one.
    What is not known is said at the end, and is no 0. docs/review.md has each number as SQL.

    \b
    Examples:
      syncer review
      syncer review 2026-11 --player MaxMilyin --card november.svg
    """
    if force and file is None:
        raise click.UsageError("--force is for the file of --card")
    if as_json and file == STDOUT:
        raise click.UsageError("--json and the card of --card - both go to stdout; name a file for the card")
    with open_readonly() as app:
        shown, now = parse(period, app), app.clock.now()
        found = [read(app, player, shown, now) for player in app.queries.players.select(name)]
        if file:
            write_card(app, file, found, force=force)
        if as_json:
            since, until = shown.span(app.config.zone)
            head = {"now": now, "period": str(shown), "since": since, "until": until}
            print_json({**head, "reviews": [review_values(one.username, one.review) for one in found]})
        elif not found:
            click.echo(with_config(NO_PLAYER))
        elif not file:
            with pager():
                for number, one in enumerate(found):
                    if number:
                        click.echo()
                    print_review(one.username, one.review, one.notes)


@dataclass(frozen=True, slots=True)
class ReviewOf:
    """The review of a player, and the sentences about what it does not know."""

    username: str
    review: Review
    notes: list[str]


def parse(text: str, app: App) -> Period:
    """Return the period that was typed, by default this year. Raises UsageError."""
    today = app.clock.now().astimezone(app.config.zone).date()
    try:
        return parse_period(text or str(today.year), today)
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def read(app: App, player: PlayerRef, period: Period, now: datetime) -> ReviewOf:
    """Return the review of a player, all of it of one moment."""
    zone = app.config.zone
    with app.queries.in_one_transaction() as queries:
        found = queries.review.of(player.id, period, zone, now, app.config.gap_after)
    sentences = notes(found, zone, now, reads_unlocks=reads_unlocks(app, player))
    return ReviewOf(player.username, found, sentences)


def write_card(app: App, file: Path, found: Sequence[ReviewOf], *, force: bool) -> None:
    """Write the card of the only player. Raises UsageError if there are several, or none."""
    if len(found) != 1:
        names = name_some([strip_controls(one.username) for one in found])
        raise click.UsageError(f"a card shows one player; add --player NAME, of {names or 'nobody yet'}")
    (one,) = found
    target = stdout() if file == STDOUT else new_file(app, file, force=force, without="--card")
    with target as output:
        output.write(card(one.review, one.username, one.notes).encode())
    if file == STDOUT:
        return
    click.echo(f"Wrote {file}: {one.review.period.name} of {strip_controls(one.username)}.", err=True)
