"""The list of commands, and the one place that speaks to the user of failures."""

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
from syncer.core.errors import SyncerError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

ASKED_BY_A_SHELL = "_SYNCER_COMPLETE"  # set by the scripts that `syncer completions` prints
COMMANDS = {  # a command's help is here, so that `syncer --help` imports none of them
    "init": "Write a configuration, after trying it on the site.",
    "run": "The daemon: looks at once where due, then on schedule.",
    "sync": "One run now: ask about all games, store what changed.",
    "plan": "What a run would ask and a year would store; sends nothing.",
    "fetch": "Fetch a player's progress in some games; stores nothing.",
    "status": "What is followed, what is due and how the last run went.",
    "history": "The stretches of one game, oldest first.",
    "at": "All games as they were at a moment.",
    "changes": "What changed, newest first.",
    "gaps": "When nobody was looking.",
    "export": "A table or view as csv or JSON Lines.",
    "doctor": "Is all well? Each check with what to type.",
    "health": "Exit 0 when every player was looked at lately, else 69.",
    "notify": "Try where messages go, see which were sent.",
    "config": "Check or show the configuration.",
    "db": "Upgrade, check, back up, move or clear the database.",
    "completions": "Teach your shell to complete commands and options.",
    "serve": "The pages in your browser; only reads.",
    "demo": "Run the real daemon against a simulated site; needs no key.",
}


class LazyGroup(click.Group):
    """Imports a command when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        found: click.Command = getattr(importlib.import_module(f"syncer.cli.commands.{name}"), name)
        return found

    def shell_complete(self, ctx: click.Context, incomplete: str) -> "list[CompletionItem]":
        """As click's, but the names of commands import none of them."""
        from click.shell_completion import CompletionItem

        named = [CompletionItem(n, help=h) for n, h in COMMANDS.items() if n.startswith(incomplete)]
        return named + click.Command.shell_complete(self, ctx, incomplete)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


EVERYWHERE = re.compile(r"-v+|-q|--verbose|--quiet|--config=.*")
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
    """Keeps the history of RetroAchievements progress in a database that is yours.

    It begins with: syncer init. To see it work without a key: syncer demo.
    -v, -q and --config may stand anywhere: syncer sync -v.
    """
    ctx.obj = {"config": config_path, "level": "debug" if verbose else "warning" if quiet else None}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and exit with its code. A traceback is for bugs."""
    os.umask(0o077)
    words = list(sys.argv[1:] if arguments is None else arguments)
    if "run" in words:
        for number in (signal.SIGTERM, signal.SIGINT):  # until the daemon listens itself
            signal.signal(number, lambda *_: sys.exit(0))
    try:
        asked = os.environ.get(ASKED_BY_A_SHELL)
        code = complete(asked) if asked else run_command(words)
        sys.stdout.flush()
    except click.exceptions.Abort:
        code = 130
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except SyncerError as error:
        print_error(error)
        code = error.exit_code
    except BrokenPipeError:  # the reader of our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except OSError as error:
        click.echo(
            f"syncer: {error.strerror or type(error).__name__}: the output could not be written", err=True
        )
        code = 69
    except KeyboardInterrupt:
        code = 130
    sys.exit(code)


def hoist_global_options(words: Sequence[str]) -> list[str]:
    """The words with those options first that may stand anywhere: how much to say, and the configuration."""
    first: list[str] = []
    rest: list[str] = []
    left = iter(words)
    for word in left:
        if word == "--":
            return [*first, *rest, word, *left]
        if word == "--config":
            first += [word, *islice(left, 1)]
        else:
            (first if EVERYWHERE.fullmatch(word) else rest).append(word)
    return first + rest


def run_command(arguments: list[str]) -> int:
    """What click's own main does, but for its exit code of 1 where the reader of a pipe has gone."""
    try:
        with cli.make_context("syncer", hoist_global_options(arguments)) as ctx:
            cli.invoke(ctx)
    except click.exceptions.Exit as end:
        return end.exit_code
    return 0


def complete(instruction: str) -> int:
    """What click's own main does before anything else, when a shell asks how a line could go on."""
    from click.shell_completion import shell_complete

    try:
        understood = shell_complete(cli, {}, "syncer", ASKED_BY_A_SHELL, instruction) == 0
    except (KeyError, ValueError):  # COMP_WORDS and COMP_CWORD: no shell has asked
        understood = False
    return 0 if understood else click.UsageError.exit_code


def print_error(error: SyncerError) -> None:
    """What happened, every problem, and what to type next."""
    click.echo(f"syncer: {error.message}", err=True)
    for problem in getattr(error, "problems", ()):
        click.echo(f"  - {problem}", err=True)
    if error.hint:
        click.echo(f"  {error.hint}", err=True)
