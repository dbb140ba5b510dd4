"""syncer doctor"""

import click

from syncer.app import open_app
from syncer.cli.output.table import strip_controls, styled
from syncer.cli.support.context import json_option, print_json, read_config
from syncer.core.clock import SystemClock
from syncer.core.errors import ConfigError, DatabaseIncompatible
from syncer.doctor import CheckContext, CheckResult, Status, run_checks
from syncer.doctor.result import failed
from syncer.run.lock import application_name

COLOURS = {Status.OK: "green", Status.WARN: "yellow", Status.FAIL: "red"}


@click.command()
@click.option("--offline", is_flag=True, help="Ask the site nothing.")
@json_option
def doctor(offline: bool, as_json: bool) -> None:
    """Check configuration, key, player, clock, database and cadence; each with what to type.

    Exit 0 where all is ok or only warned of, else the code of the first failure.
    """
    found = diagnose(offline, tell=not as_json)
    bad = [finding for _, finding in found if finding.status is Status.FAIL]
    if as_json:
        checks = [
            {"name": n, "status": f.status.value, "what": f.what, "hint": f.hint or None} for n, f in found
        ]
        print_json({"ok": not bad, "checks": checks})
    raise click.exceptions.Exit(bad[0].code if bad else 0)


def diagnose(offline: bool, tell: bool) -> list[tuple[str, CheckResult]]:
    """Each check is told as soon as it is made: the site may take its time."""
    found: list[tuple[str, CheckResult]] = []

    def note(name: str, finding: CheckResult) -> None:
        found.append((name, finding))
        if tell:
            show(name, finding)

    try:
        config = read_config(say_warnings=False, check_services=True)
    except ConfigError as error:
        note("configuration", failed(error))
        return found
    try:
        with open_app(config, SystemClock(), application=application_name()) as app:
            for name, finding in run_checks(CheckContext(app, offline)):
                note(name, finding)
    except DatabaseIncompatible as error:  # an address that cannot be a database
        note("database", failed(error))
    return found


def show(name: str, finding: CheckResult) -> None:
    status = styled(finding.status.value.ljust(4), COLOURS[finding.status])
    click.echo(f"{status}  {name.ljust(13)}  {strip_controls(finding.what)}")
    if finding.hint and finding.status is not Status.OK:
        click.echo(f"      {' ' * 13}  {strip_controls(finding.hint)}")
