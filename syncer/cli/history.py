"""syncer history"""

import csv
import sys
from typing import Any

import click

from syncer.core.model import NUMBERS

from .common import json_option, local, player_option, print_json, reading, table, when

SHOWN = ("num_achieved", "num_achieved_hardcore", "score_achieved")


@click.command()
@click.argument("game", type=click.IntRange(min=1))
@click.option("--since", metavar="WHEN", help="Only stretches seen later than that.")
@click.option("--until", metavar="WHEN", help="Only stretches that began before that.")
@click.option("--csv", "as_csv", is_flag=True, help="Comma-separated values on stdout.")
@player_option
@json_option
def history(
    game: int, since: str | None, until: str | None, as_csv: bool, name: str | None, as_json: bool
) -> None:
    """The stretches of one game, oldest first, with deltas and the names of changes.

    GAME is its id.
    """
    with reading() as app:
        start, end = when(since, app, end_of_day=False), when(until, app, end_of_day=True)
        found = [
            row for who in app.queries.players(name) for row in app.queries.history(who, game, start, end)
        ]
        if as_json:
            print_json({"game_id": game, "stretches": found})
        elif as_csv:
            write_csv(found)
        elif not found:
            click.echo(f"Nothing is stored about game {game}{' in that time' if since or until else ''}.")
        else:
            several = len({row["username"] for row in found}) > 1
            headers = ["from", "to", "looks", "unlocked", "hardcore", "points", "change"]
            rows = [
                [
                    local(row["first_seen_at"], app),
                    local(row["last_seen_at"], app),
                    row["looks"],
                    *numbers(row),
                ]
                for row in found
            ]
            if several:
                headers, rows = (
                    ["player", *headers],
                    [[f["username"], *r] for f, r in zip(found, rows, strict=True)],
                )
            table(headers, rows)


def numbers(row: dict[str, Any]) -> list[str]:
    """Counts with what changed, and the change's name."""
    possible = (row["num_possible_achievements"], row["num_possible_achievements"], row["possible_score"])
    shown = []
    for column, of in zip(SHOWN, possible, strict=True):
        delta = row[f"{column}_delta"]
        shown.append(f"{row[column]}/{of}{f' ({delta:+d})' if delta else ''}")
    gap = ", after a gap" if row["after_gap"] else ""
    return [*shown, row["kind"] + gap]


def write_csv(rows: list[dict[str, Any]]) -> None:
    columns = ["username", "game_id", "first_seen_at", "last_seen_at", "looks", *NUMBERS, "kind", "after_gap"]
    writer = csv.DictWriter(sys.stdout, columns, extrasaction="ignore")
    writer.writeheader()
    for row in rows:
        times = {n: row[n].isoformat(timespec="milliseconds") for n in ("first_seen_at", "last_seen_at")}
        writer.writerow(row | times)
