"""The configured players that a command is about."""

from syncer.core.errors import ConfigError
from syncer.core.formats.text import name_some
from syncer.core.sync.player_sync import PlayerSync


def select_players(syncers: list[PlayerSync], name: str | None) -> list[PlayerSync]:
    """Return all players, or the one with this name or ULID. Raises ConfigError for an unknown one."""
    selected = [
        syncer
        for syncer in syncers
        if name is None or name.lower() in (syncer.tracked.label.lower(), (syncer.tracked.ulid or "").lower())
    ]
    if not selected:
        names = name_some([syncer.tracked.label for syncer in syncers])
        raise ConfigError(f"{name} is not one of the configured players ({names})")
    return selected
