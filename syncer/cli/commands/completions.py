"""syncer completions"""

import click
from click.shell_completion import get_completion_class

from syncer.cli.commands import COMPLETION_VARIABLE

SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", metavar="SHELL", type=click.Choice(SHELLS))
def completions(shell: str) -> None:
    """Print a script that lets your shell complete commands and options.

    SHELL is bash, zsh or fish. Save the output where the shell looks for it, then open a new shell:

    \b
      syncer completions bash > ~/.local/share/bash-completion/completions/syncer
      syncer completions zsh > ~/.zfunc/_syncer     (~/.zfunc must be in $fpath)
      syncer completions fish > ~/.config/fish/completions/syncer.fish

    Only for the present bash: eval "$(syncer completions bash)"
    """
    completion_class = get_completion_class(shell)
    assert completion_class is not None
    root = click.get_current_context().find_root().command
    click.echo(completion_class(root, {}, "syncer", COMPLETION_VARIABLE).source(), nl=False)
