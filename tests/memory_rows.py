"""The core's UnreadableRowStore in memory."""

from collections.abc import Sequence
from datetime import datetime

from syncer.core.model.player import Player
from syncer.core.model.progress import UnparsableEntry


class MemoryRows:
    """Rows that could not be read. `rows`: when each was last seen, by endpoint, subject and text."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str, str], datetime] = {}

    def save(
        self,
        player: Player,
        endpoint: str,
        subject: str,
        rows: Sequence[UnparsableEntry],
        at: datetime,
        *,
        is_complete: bool,
    ) -> None:
        own, sent = (endpoint, subject), {row.raw for row in rows}
        standing = {key for key in self.rows if key[:2] == own and key[2] not in sent}
        for key in standing if is_complete else ():
            del self.rows[key]
        known = {key[2]: key for key in self.rows if key[0] == endpoint}
        self.rows |= {known.get(raw, (*own, raw)): at for raw in sent}

    def standing_subjects(self, player: Player, endpoint: str, seen_before: datetime) -> list[str]:
        return [key[1] for key, at in self.rows.items() if key[0] == endpoint and at < seen_before]
