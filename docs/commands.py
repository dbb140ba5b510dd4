"""What the commands say about themselves, as plain values."""

import inspect
from collections.abc import Iterator
from dataclasses import dataclass

import click

from syncer.cli.main import cli

EXITS = {  # code: (its name, as in the help of syncer, and what it says)
    0: ("ok", "Done. For doctor: nothing failed; there may be warnings."),
    1: ("bug", "A mistake in syncer, with a traceback."),
    2: ("usage", "The words typed are wrong; nothing was done."),
    3: ("partial", "sync: a part was not had, or players ended differently. fetch: an id was left out."),
    65: ("bad data or database", "The database is damaged, was replaced, or breaks its own rules."),
    69: (
        "unavailable",
        "The site or the database cannot be reached, or the output cannot be written. health: overdue.",
    ),
    75: ("try later", "Another process is writing, or the site asked us to wait."),
    77: ("key refused", "The site refused the Web API Key; nothing more is asked with it."),
    78: ("configuration", "The configuration, the question, or the revision of the database is wrong."),
    130: ("interrupted", "Ctrl-C, or another wish to end."),
}


@dataclass(frozen=True, slots=True)
class Paragraph:
    """`literal`: lines to be shown as they are."""

    text: str
    literal: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One command. `options`: what is typed, and its help. `explained`: after the options."""

    name: str
    usage: str
    said: tuple[Paragraph, ...]
    options: tuple[tuple[str, str], ...]
    explained: tuple[Paragraph, ...]
    takes_json: bool
    arguments: tuple[str, ...]  # each is explained by a sentence that begins with it

    @property
    def summary(self) -> str:
        return self.said[0].text


def entries() -> list[Entry]:
    """All commands, each group before its own; the first is `syncer` itself."""
    return list(_entries(cli, "syncer", None))


def _entries(command: click.Command, name: str, parent: click.Context | None) -> Iterator[Entry]:
    ctx = command.context_class(command, info_name=name, parent=parent, **command.context_settings)
    yield _entry(command, ctx)
    if isinstance(command, click.Group):
        for inner in command.list_commands(ctx):
            found = command.get_command(ctx, inner)
            assert found
            yield from _entries(found, inner, ctx)


def _entry(command: click.Command, ctx: click.Context) -> Entry:
    options = [param for param in command.get_params(ctx) if isinstance(param, click.Option)]
    helps_itself = ctx.parent is not None  # all do; it is said once
    records = [o.get_help_record(ctx) for o in options if not (helps_itself and "--help" in o.opts)]
    return Entry(
        name=ctx.command_path,
        usage=" ".join([ctx.command_path, *command.collect_usage_pieces(ctx)]),
        said=tuple(_paragraphs(command.help)),
        options=tuple(record for record in records if record),
        explained=tuple(_paragraphs(command.epilog)),
        takes_json=any("--json" in option.opts for option in options),
        arguments=tuple(p.make_metavar(ctx) for p in command.params if isinstance(p, click.Argument)),
    )


def _paragraphs(text: str | None) -> Iterator[Paragraph]:
    """As click wraps them: one that begins with a \\b is not."""
    for piece in inspect.cleandoc(text or "").split("\n\n"):
        if piece.startswith("\b"):
            yield Paragraph(piece.removeprefix("\b").strip("\n"), literal=True)
        elif piece:
            yield Paragraph(" ".join(piece.split()))
