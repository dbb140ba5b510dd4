"""Progress and profiles in the site's own JSON, and in the camelCase of its client libraries."""

from collections.abc import Mapping

from syncer.api.endpoints.profile import Field
from syncer.core.formats import ra_json
from syncer.core.model.progress import GameId, Progress

FLAGS = ("Untracked", "UserWallActive")  # 0 and 1, which api-js turns into booleans


def to_api_json(found: Mapping[GameId, Progress]) -> dict[str, dict[str, int]]:
    """Return the answer of GetUserProgress (site-api.md 5.1)."""
    return {str(game_id): ra_json.progress_entry(progress.as_tuple()) for game_id, progress in found.items()}


def camel_progress(found: Mapping[GameId, Progress]) -> dict[str, dict[str, int]]:
    """Return what api-js's getUserProgress returns."""
    entries = to_api_json(found).items()
    return {game: {camel(name): number for name, number in entry.items()} for game, entry in entries}


def camel_profile(fields: Mapping[str, Field]) -> dict[str, Field]:
    """Return what api-js's getUserProfile returns."""
    flags = {name: fields[name] in (1, "1", "true") for name in FLAGS if fields.get(name) is not None}
    return {camel(name): value for name, value in {**fields, **flags}.items()}


def camel(name: str) -> str:
    """Convert a field's name: ULID to ulid, LastGameID to lastGameId."""
    return name.lower() if name.isupper() else name[:1].lower() + name[1:].replace("ID", "Id")
