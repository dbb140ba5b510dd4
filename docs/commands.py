"""The help of every command as plain values, for docs/cli.md and the manual page."""

import inspect
from collections.abc import Iterator
from dataclasses import dataclass

import click

from syncer.cli.main import cli

EXITS = {  # code: its name, as in the help of syncer, and its meaning
    0: ("ok", "Done. For doctor: no check failed; there may be warnings."),
    1: ("bug", "A mistake in syncer, with a traceback."),
    2: ("usage", "The command line is wrong; nothing was done."),
    3: (
        "partial",
        "sync: a part could not be fetched, or players ended differently. fetch: an id is missing.",
    ),
    65: ("bad data or database", "The database is damaged, was replaced, or breaks its own rules."),
    69: (
        "unavailable",
        "The site or the database cannot be reached, or the output of a command that only shows cannot be "
        "written. health: overdue.",
    ),
    75: ("try later", "Another process is writing, or the site asked us to wait."),
    77: ("key refused", "The site refused the Web API Key; no more requests are sent with it."),
    78: ("configuration", "The configuration, a name, or the revision of the database is wrong."),
    130: ("interrupted", "Stopped by Ctrl-C or another signal."),
}


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of help. `literal`: its lines are shown as they are."""

    text: str
    literal: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """The help of one command. `description` stands before its options, `epilog` after them."""

    name: str
    usage: str
    description: tuple[Paragraph, ...]
    options: tuple[tuple[str, str], ...]  # what is typed, and its help
    epilog: tuple[Paragraph, ...]
    takes_json: bool
    arguments: tuple[str, ...]  # a sentence that begins with the name explains each

    @property
    def summary(self) -> str:
        return self.description[0].text


def entries() -> list[Entry]:
    """Return all commands, `syncer` itself first, each group before its commands."""
    return list(_entries(cli, "syncer", None))


def _entries(command: click.Command, name: str, parent: click.Context | None) -> Iterator[Entry]:
    ctx = command.context_class(command, info_name=name, parent=parent, **command.context_settings)
    yield _entry(command, ctx)
    if isinstance(command, click.Group):
        for inner_name in command.list_commands(ctx):
            inner = command.get_command(ctx, inner_name)
            assert inner
            if not inner.hidden:
                yield from _entries(inner, inner_name, ctx)


def _entry(command: click.Command, ctx: click.Context) -> Entry:
    options = [param for param in command.get_params(ctx) if isinstance(param, click.Option)]
    # Every command has --help; only `syncer` itself lists it.
    listed = [option for option in options if ctx.parent is None or "--help" not in option.opts]
    records = [option.get_help_record(ctx) for option in listed]
    return Entry(
        name=ctx.command_path,
        usage=" ".join([ctx.command_path, *command.collect_usage_pieces(ctx)]),
        description=tuple(_paragraphs(command.help)),
        options=tuple(record for record in records if record),
        epilog=tuple(_paragraphs(command.epilog)),
        takes_json=any("--json" in option.opts for option in options),
        arguments=tuple(p.make_metavar(ctx) for p in command.params if isinstance(p, click.Argument)),
    )


def _paragraphs(text: str | None) -> Iterator[Paragraph]:
    """Split a text like click does: it does not wrap a paragraph that begins with \\b."""
    for paragraph in inspect.cleandoc(text or "").split("\n\n"):
        if paragraph.startswith("\b"):
            yield Paragraph(paragraph.removeprefix("\b").strip("\n"), literal=True)
        elif paragraph:
            yield Paragraph(" ".join(paragraph.split()))
