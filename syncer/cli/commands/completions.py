"""syncer completions"""

import click
from click.shell_completion import get_completion_class

from syncer.cli.main import ASKED_BY_A_SHELL

SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", metavar="SHELL", type=click.Choice(SHELLS))
def completions(shell: str) -> None:
    """Print what teaches your shell to complete syncer's commands and options.

    SHELL is bash, zsh or fish. Keep what is printed where the shell looks for it, then open a new one:

    \b
      syncer completions bash > ~/.local/share/bash-completion/completions/syncer
      syncer completions zsh > ~/.zfunc/_syncer     (~/.zfunc must be in $fpath)
      syncer completions fish > ~/.config/fish/completions/syncer.fish

    Or, for this session of bash alone: eval "$(syncer completions bash)"
    """
    made = get_completion_class(shell)
    assert made is not None
    root = click.get_current_context().find_root().command
    click.echo(made(root, {}, "syncer", ASKED_BY_A_SHELL).source(), nl=False)
