"""syncer export"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import Any, TextIO

import click

from syncer.app import App
from syncer.cli.output import progress_bar
from syncer.cli.output.csv_jsonl import Csv, JsonLines
from syncer.cli.support.app_context import open_readonly
from syncer.cli.support.options import WHEN, parse_time_range
from syncer.cli.support.output_file import open_new_file
from syncer.cli.support.suggestions import SuggestingChoice
from syncer.core.formats.text import pluralize
from syncer.store.admin.export import TABLES, columns_of, exported, time_of


@click.command(epilog=WHEN)
@click.argument("table", type=SuggestingChoice(sorted(TABLES)), metavar="TABLE")
@click.option("--format", "form", type=click.Choice(["csv", "jsonl"]), default="csv", show_default=True)
@click.option("--jsonl", "form", flag_value="jsonl", help="The same as --format jsonl.")
@click.option("--since", metavar="WHEN", help="Only rows from then on, by the table's time column.")
@click.option("--until", metavar="WHEN", help="Only rows up to then.")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to a new file.")
@click.option("--force", is_flag=True, help="Replace the file, once the new one is complete.")
@click.option("--raw", is_flag=True, help="No apostrophe before = + - @ in the texts of a CSV.")
def export(table: str, form: str, since: str | None, until: str | None, raw: bool, **target: Any) -> None:
    """Write a whole table or view as CSV or JSON Lines; times are UTC.

    TABLE is one of the tables of docs/sql.md. In CSV a text that a spreadsheet would evaluate as a formula
    gets an apostrophe before it. Times are like 2026-05-01T16:30:00.000Z; a boolean is true or false, on
    SQLite too. --since and --until use the first of these columns that the table has: unlocked_at,
    first_seen_at, started_at, added_at, day.
    """
    if (since or until) and time_of(table) is None:
        raise click.UsageError(f"{table} has no time column; leave out --since and --until")
    encoder = JsonLines(columns_of(table)) if form == "jsonl" else Csv(columns_of(table), raw=raw)
    with (
        open_readonly() as app,
        open_output(app, **target) as (file, has_bar),
        exported(app.database, table, *parse_time_range(since, until, app), counted=has_bar) as (
            total,
            batches,
        ),
    ):
        written = write(file, encoder, batches, table, total)
    if target["output"]:
        click.echo(f"Wrote {target['output']}: {pluralize(written, 'row')} of {table}.", err=True)


def write(file: TextIO, encoder: Csv | JsonLines, batches: Iterator[Any], table: str, total: int) -> int:
    """Write all rows and return how many there were."""
    file.write(encoder.header)
    written = 0
    with progress_bar.progress_bar(table, shown=total > 0) as report:
        for rows in batches:
            file.write(encoder.lines(rows))
            written += len(rows)
            report(written, total)
    file.flush()  # an error belongs to this command, not to the end of the process
    return written


@contextmanager
def open_output(app: App, output: Path | None, force: bool) -> Iterator[tuple[TextIO, bool]]:
    """Yield where to write and whether to show a progress bar. A file appears only when it is complete."""
    if output is None:
        if isinstance(sys.stdout, TextIOWrapper):
            # The locale may not be UTF-8, and translating newlines would change the line ends of RFC 4180.
            sys.stdout.reconfigure(encoding="utf-8", newline="")
        yield sys.stdout, progress_bar.is_visible(results_on_stdout=True)
        return
    with open_new_file(app, output, force=force, without="-o") as file:
        yield file, progress_bar.is_visible()
