"""Settings that a running daemon cannot take over."""

from .settings import Config

SECTIONS = ("database.", "web.", "metrics.", "cluster.")


def needs_restart(started: Config, now: Config) -> list[str]:
    """Return the settings that differ from those of the start and take effect only at the next one."""
    at_start = {name: value for name, value, _ in started.shown}
    found = [
        name
        for name, value, _ in now.shown
        if name.startswith(SECTIONS) and at_start.get(name, value) != value
    ]
    # What is shown hides the password.
    if not found and started.database_url != now.database_url:
        found = ["database.url"]
    return [f"[{section}] {key}" for section, _, key in (name.partition(".") for name in found)]
