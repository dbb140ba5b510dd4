"""The files that init creates: never over an existing one, and readable only by their owner."""

import os
from pathlib import Path

from syncer.core.errors import ConfigError


def require_creatable(path: Path) -> None:
    """Raise ConfigError if the file exists or cannot be created. Leaves nothing behind."""
    # Tried, because only the system knows: permissions, read-only mounts, names that are too long.
    create(path, "")
    path.unlink()


def create(path: Path, text: str) -> None:
    """Create the file. Raises ConfigError, and then leaves no incomplete file."""
    try:
        # O_EXCL: a file that appeared since the first check is not overwritten either.
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        hint = "Move it away first, or write elsewhere: syncer --config other/config.toml init"
        raise ConfigError(f"{path} exists already; it was not changed", hint=hint) from None
    except OSError as error:
        raise _not_written(path, error) from None
    try:
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        path.unlink()
        raise _not_written(path, error) from None


def _not_written(path: Path, error: OSError) -> ConfigError:
    hint = "Choose a folder that exists and that you may write: syncer --config folder/config.toml init"
    return ConfigError(f"{path} cannot be written ({error.strerror})", hint=hint)
