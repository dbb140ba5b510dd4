"""syncer notify"""

from concurrent.futures import Future
from threading import Thread
from typing import Any

import click

from syncer.app import App
from syncer.cli.output.columns import Column
from syncer.cli.output.json_document import print_json
from syncer.cli.output.table import print_table
from syncer.cli.output.times import format_local
from syncer.cli.support.app_context import open_readonly
from syncer.cli.support.config import read_config
from syncer.cli.support.options import json_option
from syncer.cli.support.suggestions import SuggestingGroup
from syncer.core.errors import ConfigError
from syncer.notify import Service

TEST_TIMEOUT = 20.0  # seconds for all services together
ADD_SERVICE = "Add an address to [notify] urls, then try: syncer notify test"
TEST_MESSAGE = "This is a test. Messages about your progress will arrive like this one."
COLUMNS = ("written", "to", "state", Column("message", wraps=True))


@click.group(cls=SuggestingGroup)
def notify() -> None:
    """Test notifications and list those that were sent."""


@notify.command()
@json_option
def test(as_json: bool) -> None:
    """Send one message to each service of [notify] urls.

    Exit 69 if one did not accept it. A service is named by its kind and four digits, never by its address.
    """
    config = read_config(check_services=True)
    if not config.services:
        raise ConfigError("no notification service is configured", hint=ADD_SERVICE)
    # Sent directly and not by the outbox: the user waits for the service's own answer.
    errors = send_tests([Service(entry.name, entry.url.reveal()) for entry in config.services])
    if as_json:
        services = [{"service": name, "ok": not e, "error": e or None} for name, e in errors.items()]
        print_json({"ok": not any(errors.values()), "services": services})
    else:
        for name, error in errors.items():
            click.echo(f"{name}: {error or 'accepted the message'}")
    click.get_current_context().exit(69 if any(errors.values()) else 0)


def send_tests(services: list[Service]) -> dict[str, str]:
    """Send to all services at the same time. Return each one's error, or an empty text."""
    answers = {service: Future[str]() for service in services}
    # Daemon threads: a service that hangs does not keep the command from exiting.
    for service, answer in answers.items():
        Thread(target=lambda s=service, a=answer: a.set_result(s.send(TEST_MESSAGE)), daemon=True).start()
    return {service.name: _result(answer) for service, answer in answers.items()}


def _result(answer: Future[str]) -> str:
    try:
        return answer.result(TEST_TIMEOUT)
    except TimeoutError:
        return "no answer"


@notify.command("list")
@click.option("--most", type=click.IntRange(1), default=20, show_default=True, help="How many to list.")
@json_option
def list_messages(most: int, as_json: bool) -> None:
    """List the newest messages and whether they were delivered."""
    with open_readonly() as app:
        rows = app.queries.outbox.messages(most)
        if as_json:
            print_json({"messages": rows})
        elif not rows:
            click.echo("No messages yet.")
        else:
            print_table(COLUMNS, [_cells(row, app) for row in rows])


def _cells(row: dict[str, Any], app: App) -> list[object]:
    text = row["text"].replace("\n", "; ")
    return [format_local(row["created_at"], app), row["service"], _state(row), text]


def _state(row: dict[str, Any]) -> str:
    if row["delivered_at"]:
        return "delivered"
    return "given up" if row["given_up_at"] else "waiting"
