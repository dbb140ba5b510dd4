"""syncer doctor"""

from collections.abc import Sequence
from dataclasses import replace

import click

from syncer.app import open_app
from syncer.cli.output.columns import strip_controls
from syncer.cli.output.json_document import print_json
from syncer.cli.output.terminal import styled, wrapped
from syncer.cli.support.config import read_config
from syncer.cli.support.hints import with_config
from syncer.cli.support.options import json_option
from syncer.core.clock import SystemClock
from syncer.core.errors import ConfigError, DatabaseIncompatible
from syncer.doctor import CHECKS, LABELS, CheckContext, CheckResult, Status, run_checks
from syncer.doctor.result import failed
from syncer.run.lock import application_name

COLOURS = {Status.OK: "green", Status.WARN: "yellow", Status.FAIL: "red"}
MAX_PROBLEMS = 10  # of a configuration that are listed
NAME_WIDTH = max(len(LABELS.get(name, name)) for name in CHECKS)


@click.command()
@click.option("--offline", is_flag=True, help="Send no request to the site.")
@json_option
def doctor(offline: bool, as_json: bool) -> None:
    """Check configuration, key, players, clock, database and polling; each with what to type.

    Exit 0 if no check failed, with or without warnings. Otherwise exit with the code of the first failure.
    """
    results = diagnose(offline, as_text=not as_json)
    failures = [result for _, result in results if result.status is Status.FAIL]
    if as_json:
        checks = [
            {"name": name, "status": r.status.value, "what": r.text, "hint": r.hint or None}
            for name, r in results
        ]
        print_json({"ok": not failures, "checks": checks})
    # The first failure, because the checks go from causes to effects.
    raise click.exceptions.Exit(failures[0].code if failures else 0)


def diagnose(offline: bool, as_text: bool) -> list[tuple[str, CheckResult]]:
    """Run the checks. As text, each is printed as soon as it is done, since the site may be slow."""
    results: list[tuple[str, CheckResult]] = []

    def add(name: str, result: CheckResult) -> None:
        result = replace(result, what=with_config(result.what), hint=with_config(result.hint))
        results.append((name, result))
        if as_text:
            print_result(name, result)

    try:
        # The check `configuration` reports the warnings.
        config = read_config(show_warnings=False, check_services=True, check_host=True)
    except ConfigError as error:
        add("configuration", failed(error))
        return results
    try:
        with open_app(config, SystemClock(), application=application_name()) as app:
            for name, result in run_checks(CheckContext(app, offline)):
                add(name, result)
    except DatabaseIncompatible as error:  # the URL cannot be parsed
        add("database", failed(error))
    return results


def print_result(name: str, result: CheckResult) -> None:
    word = "-" if result.is_skipped else result.status.value
    status = styled(word.ljust(4), COLOURS[result.status])
    label = f"{word.ljust(4)}  {LABELS.get(name, name).ljust(NAME_WIDTH)}  "
    click.echo(status + wrapped(strip_controls(result.what), label).removeprefix(word.ljust(4)))
    for line in problem_lines(result.problems):
        click.echo(wrapped(strip_controls(line), " " * len(label)))
    if result.hint and result.status is not Status.OK:
        click.echo(wrapped(strip_controls(result.hint), " " * len(label)))


def problem_lines(problems: Sequence[str]) -> list[str]:
    """Return a line for each problem, at most so many that the other checks stay in sight."""
    more = len(problems) - MAX_PROBLEMS
    lines = [f"- {problem}" for problem in problems[:MAX_PROBLEMS]]
    return [*lines, with_config(f"and {more:,} more: syncer config check")] if more > 0 else lines
