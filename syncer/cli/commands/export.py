"""syncer export"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import Any, TextIO

import click

from syncer.app import App
from syncer.cli.output.csv_jsonl import Csv, JsonLines
from syncer.cli.output.progress_bar import bar, wanted
from syncer.cli.support.context import WHEN, open_readonly, span
from syncer.cli.support.path_guards import reject_owned_path
from syncer.core.formats.text import pluralize
from syncer.store.admin.export import TABLES, columns_of, exported, time_of
from syncer.store.db.atomic_file import atomic_write


@click.command(epilog=WHEN)
@click.argument("table", type=click.Choice(sorted(TABLES)), metavar="TABLE")
@click.option("--format", "form", type=click.Choice(["csv", "jsonl"]), default="csv", show_default=True)
@click.option("--jsonl", "form", flag_value="jsonl", help="The same as --format jsonl.")
@click.option("--since", metavar="WHEN", help="Only rows from then on, by the table's own time.")
@click.option("--until", metavar="WHEN", help="Only rows up to then.")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Into a new file.")
@click.option("--force", is_flag=True, help="Replace the file, once the new one is whole.")
@click.option("--raw", is_flag=True, help="Texts in csv as they are: no apostrophe before = + - @.")
def export(table: str, form: str, since: str | None, until: str | None, raw: bool, **where: Any) -> None:
    """A table or view, whole, as csv or JSON Lines; times are UTC.

    TABLE is one of the tables of docs/sql.md. In csv a text that a spreadsheet would take for a formula gets
    an apostrophe before it. --since and --until go by the first of these columns that the table has:
    unlocked_at, first_seen_at, started_at, added_at, day.
    """
    if (since or until) and time_of(table) is None:
        raise click.UsageError(f"{table} has no time of its own; leave out --since and --until")
    lines = JsonLines(columns_of(table)) if form == "jsonl" else Csv(columns_of(table), raw=raw)
    with (
        open_readonly() as app,
        opened(app, **where) as (file, shown),
        exported(app.database, table, *span(since, until, app), counted=shown) as (total, batches),
    ):
        written = write(file, lines, batches, table, total)
    if where["output"]:
        click.echo(f"Wrote {where['output']}: {pluralize(written, 'row')} of {table}.", err=True)


def write(file: TextIO, lines: Csv | JsonLines, batches: Iterator[Any], table: str, total: int) -> int:
    file.write(lines.head)
    written = 0
    with bar(table, shown=total > 0) as tell:
        for rows in batches:
            file.write(lines.lines(rows))
            written += len(rows)
            tell(written, total)
    return written


@contextmanager
def opened(app: App, output: Path | None, force: bool) -> Iterator[tuple[TextIO, bool]]:
    """Where to write, and whether a bar is to be seen. A file is whole, or not there."""
    if output is None:
        if isinstance(sys.stdout, TextIOWrapper):
            sys.stdout.reconfigure(encoding="utf-8", newline="")
        yield sys.stdout, wanted(results_on_stdout=True)
        return
    reject_owned_path(app, output)
    if output.exists() and not output.is_file():
        raise click.UsageError(f"{output} is no file that could be replaced; leave -o out, or name another")
    if output.exists() and not force:
        raise click.UsageError(f"{output} is there already; name another file, or add --force")
    with atomic_write(output, replace=force) as draft:
        handle = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with open(handle, "w", encoding="utf-8", newline="") as file:
            yield file, wanted()
