"""syncer export"""

from pathlib import Path
from typing import Any

import click

from syncer.app import App
from syncer.cli.output import progress_bar
from syncer.cli.output.row_files import FORMATS, RowFile, row_file
from syncer.cli.support.app_context import open_readonly
from syncer.cli.support.export_targets import STDOUT, create, new_file, new_folder, stdout
from syncer.cli.support.extras import require_pyarrow
from syncer.cli.support.options import WHEN, TimeRange, parse_time_range
from syncer.cli.support.suggestions import SuggestingChoice
from syncer.core.formats.text import pluralize
from syncer.store.admin.export import TABLES, Export, columns_of, exporting, time_of


@click.command(epilog=WHEN)
@click.argument("table", type=SuggestingChoice(sorted(TABLES)), metavar="[TABLE]", required=False)
@click.option(
    "--all",
    "folder",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write every table and view into a new folder.",
)
@click.option("--format", "form", type=click.Choice(FORMATS), default="csv", show_default=True)
@click.option("--jsonl", "form", flag_value="jsonl", help="The same as --format jsonl.")
@click.option("--since", metavar="WHEN", help="Only rows from then on, by the table's time column.")
@click.option("--until", metavar="WHEN", help="Only rows up to then.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write to a new file; - for stdout.",
)
@click.option("--force", is_flag=True, help="Replace the file, once the new one is complete.")
@click.option("--raw", is_flag=True, help="No apostrophe before = + - @ in the texts of a CSV.")
def export(table: str | None, folder: Path | None, since: str | None, until: str | None, **how: Any) -> None:
    """Write tables and views as CSV, JSON Lines or Parquet; times are UTC.

    TABLE is one of the tables of docs/sql.md. DIR is a new or empty folder, which gets a file for each of
    them, all as of one moment. In CSV a text that a spreadsheet would evaluate as a formula
    gets an apostrophe before it. Times are like 2026-05-01T16:30:00.000Z; a boolean is true or false, on
    SQLite too. Parquet has types: timestamps with zone, integers, booleans. --since and --until use
    the first of these columns that the table has: unlocked_at, first_seen_at, started_at, added_at, day. With
    --all, a table without a time column is written whole.
    """
    _reject_contradictions(table, folder, bool(since or until), how)
    if how["form"] == "parquet":
        require_pyarrow()
    with open_readonly() as app:
        span = parse_time_range(since, until, app)
        if folder is not None:
            _export_all(app, folder, span, how["form"], raw=how["raw"])
        elif table is not None:
            _export_table(app, table, span, **how)


def _reject_contradictions(
    table: str | None, folder: Path | None, has_span: bool, how: dict[str, Any]
) -> None:
    if (table is None) is (folder is None):
        raise click.UsageError("name one TABLE, or --all DIR")
    if folder is not None and (how["output"] or how["force"]):
        raise click.UsageError("--all writes a new folder; leave out -o and --force")
    if table is not None and has_span and time_of(table) is None:
        raise click.UsageError(f"{table} has no time column; leave out --since and --until")


def _export_table(
    app: App, table: str, span: TimeRange, *, form: str, output: Path | None, force: bool, raw: bool
) -> None:
    output = None if output == STDOUT else output
    target = new_file(app, output, force=force) if output else stdout(form)
    with (
        exporting(app.database) as tables,
        target as file,
        row_file(file, form, columns_of(table), raw=raw) as rows,
    ):
        written = write(rows, tables, table, span, results_on_stdout=output is None)
    if output:
        click.echo(f"Wrote {output}: {pluralize(written, 'row')} of {table}.", err=True)


def _export_all(app: App, folder: Path, span: TimeRange, form: str, *, raw: bool) -> None:
    written = 0
    with new_folder(folder) as draft, exporting(app.database) as tables:
        for table in TABLES:
            with (
                create(draft / f"{table}.{form}") as file,
                row_file(file, form, columns_of(table), raw=raw) as rows,
            ):
                written += write(rows, tables, table, span)
    click.echo(f"Wrote {folder}: {pluralize(len(TABLES), 'file')}, {pluralize(written, 'row')}.", err=True)


def write(
    file: RowFile, tables: Export, table: str, span: TimeRange, *, results_on_stdout: bool = False
) -> int:
    """Write all rows and return how many there were."""
    # Counted for the bar only: counting takes a while.
    has_bar = progress_bar.is_visible(results_on_stdout=results_on_stdout)
    total, written = tables.count(table, *span) if has_bar else 0, 0
    with progress_bar.progress_bar(table, shown=total > 0) as report:
        for rows in tables.rows(table, *span):
            file.write(rows)
            written += len(rows)
            report(written, total)
    return written
