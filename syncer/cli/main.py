"""The list of commands, and the one place that prints errors."""

import gc
import importlib
import os
import re
import signal
import sys
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncer import __version__
from syncer.cli.commands import COMMANDS, COMPLETION_VARIABLE
from syncer.cli.output import streams
from syncer.cli.support import garbage
from syncer.cli.support.hints import with_config
from syncer.cli.support.suggestions import SuggestingGroup
from syncer.core import descriptors
from syncer.core.errors import SyncerError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


class LazyGroup(SuggestingGroup):
    """A group that imports a command only when it is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        with garbage.importing():
            module = importlib.import_module(f"syncer.cli.commands.{name}")
        found: click.Command = getattr(module, name)
        return found

    def shell_complete(self, ctx: click.Context, incomplete: str) -> "list[CompletionItem]":
        """Complete like click, but without importing a command for its name."""
        from click.shell_completion import CompletionItem

        names = [CompletionItem(n, help=h) for n, h in COMMANDS.items() if n.startswith(incomplete)]
        return names + click.Command.shell_complete(self, ctx, incomplete)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


GLOBAL_OPTION = re.compile(r"-v+|-q|--verbose|--quiet|--config=.*")
EXIT_CODES = """Exit codes: 0 ok, 1 bug, 2 usage, 3 partial, 65 bad data or database, 69 unavailable, \
75 try later, 77 key refused, 78 configuration, 130 interrupted."""


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]}, epilog=EXIT_CODES)
@click.version_option(__version__, prog_name="syncer")
@click.option(
    "--config",
    "config_path",
    type=click.Path(path_type=Path),
    help="The configuration file. Default: the first of $SYNCER_CONFIG, ./config.toml, the one in your "
    "configuration folder, /etc/syncer/config.toml.",
)
@click.option("-v", "--verbose", count=True, help="Log each run and each batch, too.")
@click.option("-q", "--quiet", is_flag=True, help="Log only what went wrong.")
@click.pass_context
def cli(ctx: click.Context, config_path: Path | None, verbose: int, quiet: bool) -> None:
    """Record the history of RetroAchievements progress in a database of your choice.

    Start with: syncer init. To see it work without a key: syncer demo.
    -v, -q and --config may stand anywhere: syncer sync -v.
    """
    ctx.obj = {"config": config_path, "level": "debug" if verbose else "warning" if quiet else None}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and exit with its code. Only a bug ends with a traceback."""
    # A database shows when its owner played, and some files hold keys: only the owner may read them.
    os.umask(0o077)
    if arguments is None:
        streams.prepare()
        # As Ctrl-C does: what a command has begun to write is removed on its way out.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    if not os.environ.get("HOME"):
        # An empty variable is unset, as in the configuration: with it `~` would be the root folder.
        os.environ.pop("HOME", None)
    words = list(sys.argv[1:] if arguments is None else arguments)
    if "run" in words:
        # A service manager may stop the daemon before it has its own handlers.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: sys.exit(0))
    if {"run", "serve", "worker"} & set(words):
        # Nor may it end by the signal that means "read the configuration again": it has not read it yet.
        signal.signal(signal.SIGHUP, lambda *_: None)
    try:
        code = run_or_complete(words)
    except streams.OutputLost as lost:
        # A reader that closes the pipe, as `head` does, has what it wanted.
        code = 0 if lost.is_closed else 69
        if code:
            click.echo(f"syncer: {lost}", err=True)
    if arguments is None:
        gc.freeze()  # else the end of Python looks for garbage once more
    sys.exit(code)


def run_or_complete(words: list[str]) -> int:
    """Run a command, print its error, and return the exit code."""
    try:
        instruction = os.environ.get(COMPLETION_VARIABLE)
        return complete(instruction) if instruction else run_command(words)
    except (click.exceptions.Abort, KeyboardInterrupt):
        return 130
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except SyncerError as error:
        print_error(error)
        return error.exit_code
    except OSError as error:
        click.echo(f"syncer: {describe_os_error(error, words)}", err=True)
        return 69


def describe_os_error(error: OSError, words: Sequence[str]) -> str:
    """Return what failed: the file if the error names one, otherwise the command."""
    reason = error.strerror or type(error).__name__
    # Never all words: one may be a URL with a password.
    command = next((word for word in words if word in COMMANDS), "")
    if error.errno in descriptors.EXHAUSTED:
        return f"{descriptors.TOO_MANY_FILES}\n  {descriptors.HINT}"
    is_named = isinstance(error.filename, str | bytes)
    return f"{os.fsdecode(error.filename) if is_named else f'{command} failed'}: {reason}"


def hoist_global_options(words: Sequence[str]) -> list[str]:
    """Return the words with -v, -q and --config moved to the front, so that they may stand anywhere."""
    # click accepts the options of a group only before the name of the command.
    first: list[str] = []
    rest: list[str] = []
    remaining = iter(words)
    for word in remaining:
        if word == "--":
            return [*first, *rest, word, *remaining]
        if word == "--config":
            first += [word, *islice(remaining, 1)]
        else:
            (first if GLOBAL_OPTION.fullmatch(word) else rest).append(word)
    return first + rest


def run_command(arguments: list[str]) -> int:
    """Run a command like click's main, which would turn a closed pipe into exit code 1."""
    try:
        with cli.make_context("syncer", hoist_global_options(arguments)) as ctx:
            invoke(ctx)
    except click.exceptions.Exit as end:
        return end.exit_code
    return 0


def invoke(ctx: click.Context) -> None:
    """Run the command of the context, and put its --config into the commands that its error names."""
    try:
        cli.invoke(ctx)
    except SyncerError as error:
        error.hint = with_config(error.hint)
        raise


def complete(instruction: str) -> int:
    """Print the completions that a shell asks for, like click's main."""
    from click.shell_completion import shell_complete

    try:
        is_known = shell_complete(cli, {}, "syncer", COMPLETION_VARIABLE, instruction) == 0
    except (KeyError, ValueError):  # COMP_WORDS or COMP_CWORD is missing: not called by a shell
        is_known = False
    return 0 if is_known else click.UsageError.exit_code


def print_error(error: SyncerError) -> None:
    """Print what happened, every problem, and what to type next."""
    click.echo(f"syncer: {error.message}", err=True)
    for problem in getattr(error, "problems", ()):
        click.echo(f"  - {problem}", err=True)
    if error.hint:
        click.echo(f"  {error.hint}", err=True)
