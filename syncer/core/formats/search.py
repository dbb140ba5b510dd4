"""Which games the words of a search mean, on pages and on the command line."""

from .text import fold


def is_found(words: str, game_id: int, title: str | None, console_name: str | None) -> bool:
    """Return whether a game has the words in its title or console, or as its id. Without words each has.

    Neither case nor accents count.
    """
    if not words or words == str(game_id):
        return True
    return fold(words) in fold(f"{title or ''}\n{console_name or ''}")
