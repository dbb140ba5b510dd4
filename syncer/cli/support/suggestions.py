"""What a mistyped word was probably meant to be."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

import click

from syncer.core.formats.text import fold


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return the end of a sentence that names the nearest known word; empty if none is near."""
    near = get_close_matches(fold(word), list(known), 1)
    return f"; did you mean {near[0]}?" if near else ""


def option_for(ctx: click.Context, name: str) -> str:
    """Return a suggestion for a word that is an option here: help, version."""
    known = {option for param in ctx.command.get_params(ctx) for option in param.opts}
    return f"; did you mean {ctx.command_path} --{name}?" if f"--{name}" in known else ""


class SuggestingGroup(click.Group):
    """A group that answers an unknown command with the nearest one."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command. Raises UsageError for an unknown one."""
        name = args[0]
        if not name.startswith("-") and self.get_command(ctx, name) is None:
            suggestion = (
                option_for(ctx, name)
                or did_you_mean(name, self.list_commands(ctx))
                or self.elsewhere(ctx, name)
            )
            ctx.fail(f"there is no command {name!r}{suggestion}")
        return super().resolve_command(ctx, args)

    def elsewhere(self, ctx: click.Context, name: str) -> str:
        """Return a suggestion for a command of this name in one of the groups below."""
        commands = {known: self.get_command(ctx, known) for known in self.list_commands(ctx)}
        groups = {group: c for group, c in commands.items() if isinstance(c, click.Group)}
        found = [f"{group} {name}" for group, command in groups.items() if command.get_command(ctx, name)]
        return f"; did you mean {ctx.command_path} {found[0]}?" if found else ""


class SuggestingChoice(click.Choice[str]):
    """A choice that answers an unknown word with the nearest one, and with all."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the word. Raises BadParameter for an unknown one."""
        if value not in self.choices:
            suggestion = did_you_mean(value, self.choices) or f"; known: {', '.join(self.choices)}"
            self.fail(f"there is no {value!r}{suggestion}", param, ctx)
        return super().convert(value, param, ctx)
