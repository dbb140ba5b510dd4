"""Keys that do not look like those of the site: warned of, and not taken while they may be half-written."""

from syncer.core.errors import KEY_PAGE
from syncer.core.formats.text import pluralize

from .schema import Document
from .settings import Config
from .sources import Sources

LENGTH = 32  # site-api.md section 2
MIN_LENGTH = 16  # of a changed key: a shorter one is the beginning of one, or of a file in UTF-16


def find_odd_keys(document: Document, sources: Sources) -> list[str]:
    """Return a warning for each key of another form. Not a problem: the site may change its keys."""
    keys = {"api.key": document.api.key}
    keys |= {f"players.{n}.api_key": player.api_key for n, player in enumerate(document.players)}
    return [
        f"{sources.label(name)}: {odd}; try: copy the key again ({KEY_PAGE})"
        for name, key in keys.items()
        if key and (odd := _describe_odd(key))
    ]


def find_cut_keys(fresh: Config, before: Config) -> list[str]:
    """Return a problem for each new key that is too short to be written in full."""
    known = {entry.key for entry in (*before.players, before.owner)}
    labels = {entry.key: entry.label for entry in (*fresh.players, fresh.owner) if entry.key not in known}
    return [
        f"the new key of {label} is not yet written: it has {pluralize(len(key.reveal()), 'character')}"
        for key, label in labels.items()
        if len(key.reveal()) < MIN_LENGTH
    ]


def _describe_odd(key: str) -> str:
    if len(key) != LENGTH:
        return f"has {pluralize(len(key), 'character')}; keys of RetroAchievements have {LENGTH}"
    return "" if key.isalnum() else "holds a sign; keys of RetroAchievements have letters and digits only"
