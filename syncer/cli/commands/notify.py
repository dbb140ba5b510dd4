"""syncer notify"""

from concurrent.futures import Future
from threading import Thread

import click

from syncer.cli.output.table import Column, table
from syncer.cli.support.context import format_local, json_option, open_readonly, print_json, read_config
from syncer.core.errors import ConfigError
from syncer.notify import Service

TEST_TIMEOUT = 20.0  # seconds for all services together
NOBODY = "Add an address to [notify] urls, then try: syncer notify test"
TEST = "A test: messages about your progress will come this way."


@click.group()
def notify() -> None:
    """Try where messages go, and see which were sent."""


@notify.command()
@json_option
def test(as_json: bool) -> None:
    """Send one message to each service of [notify] urls.

    Exit 69 where one did not take it. A service is called by its kind and four digits, never by its address.
    """
    config = read_config(check_services=True)
    if not config.services:
        raise ConfigError("no service is configured", hint=NOBODY)
    faults = tried([Service(entry.name, entry.url.reveal()) for entry in config.services])
    if as_json:
        told = [{"service": name, "ok": not why, "error": why or None} for name, why in faults.items()]
        print_json({"ok": not any(faults.values()), "services": told})
    else:
        for name, why in faults.items():
            click.echo(f"{name}: {why or 'took the message'}")
    click.get_current_context().exit(69 if any(faults.values()) else 0)


def tried(services: list[Service]) -> dict[str, str]:
    """Why each did not take the test, empty where it did. All at once, for each may be slow."""
    answers = {service: Future[str]() for service in services}
    for service, answer in answers.items():
        Thread(target=lambda s=service, a=answer: a.set_result(s.send(TEST)), daemon=True).start()
    return {service.name: _within(answer) for service, answer in answers.items()}


def _within(answer: Future[str]) -> str:
    try:
        return answer.result(TEST_TIMEOUT)
    except TimeoutError:
        return "no answer"


@notify.command("list")
@click.option(
    "--most", type=click.IntRange(1), default=20, show_default=True, help="So many, the newest first."
)
@json_option
def list_messages(most: int, as_json: bool) -> None:
    """The messages of late, and what became of them."""
    with open_readonly() as app:
        rows = app.queries.outbox.messages(most)
        if as_json:
            print_json({"messages": rows})
        elif not rows:
            click.echo("No messages yet.")
        else:
            columns = ("written", "to", "state", Column("message", min_width=20))
            table(
                columns,
                [
                    [
                        format_local(r["created_at"], app),
                        r["service"],
                        _state(r),
                        r["text"].replace("\n", "; "),
                    ]
                    for r in rows
                ],
            )


def _state(row: dict[str, object]) -> str:
    if row["delivered_at"]:
        return "delivered"
    return "given up" if row["given_up_at"] else "waiting"
