"""What feeds consist of: the unlocks and masteries of one player, each with an id that stays."""

import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from syncer.core.formats.site_address import achievement_page, game_page
from syncer.core.formats.text import pluralize, title_or_id
from syncer.core.formats.timestamps import format_utc
from syncer.core.milestones.texts import AWARD_TEXTS
from syncer.core.model.library import AwardKind
from syncer.core.model.progress import EPOCH
from syncer.store.read.base import Row
from syncer.web.app.player_request import PlayerRequest

IDS = UUID("5a7c1f0e-2d43-4b8e-9c0a-6f1d3e8b7a52")  # the namespace of all ids; readers know entries by it
FULL = {AwardKind.MASTERED: "all achievements in hardcore", AwardKind.COMPLETED: "all achievements"}
SECOND = timedelta(seconds=1)
MINUTE = "%Y-%m-%d %H:%M UTC"
# What is no character of XML 1.0; what else acts on a reader is taken out when texts are read.
NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Entry:
    """An unlock or a mastery. Times are UTC; `at`: by the site, `updated`: when it was stored as it is.

    `id`: the same in every copy of the database, and as long as the site dates it so. `kind`: unlock,
    mastered or completed. Texts are one line.
    """

    id: UUID
    kind: str
    title: str
    text: str
    link: str
    at: datetime
    updated: datetime


def feed_id(view: PlayerRequest) -> UUID:
    return uuid5(IDS, view.player.ulid)


def newest_entries(view: PlayerRequest, limit: int) -> list[Entry]:
    """Return the newest unlocks and masteries, newest first; only masteries if unlocks are not read."""
    rows = view.queries.recent_unlocks.newest(view.player.id, limit) if view.reads_unlocks else []
    found = [*(_of_unlock(view, row) for row in rows), *masteries(view)]
    return sorted(found, key=lambda entry: (entry.at, entry.id), reverse=True)[:limit]


def masteries(view: PlayerRequest) -> list[Entry]:
    """Return the games that were mastered or completed, newest first; all of them, however old."""
    # The end is excluded, and the site dates awards in whole seconds (site-api.md section 8).
    rows = view.queries.milestones.between(view.player.id, EPOCH, view.now + SECOND)
    times: Counter[tuple[str, int]] = Counter()  # a revised set can be mastered again
    found = []
    for row in reversed(rows):
        if row["kind"] in FULL:
            times[row["kind"], row["game_id"]] += 1
            found.append(_of_milestone(view, row, times[row["kind"], row["game_id"]]))
    return found[::-1]


def _of_unlock(view: PlayerRequest, row: Row) -> Entry:
    mode = "hardcore" if row["hardcore"] else "softcore"
    at = row["unlocked_at"]
    name = f"{view.player.ulid}/unlock/{row['achievement_id']}/{mode}/{format_utc(at)}"
    title = row["title"] or f"achievement {row['achievement_id']}"
    game = title_or_id(row["game"], row["game_id"])
    points = [pluralize(row["points"], "point")] if row["points"] is not None else []
    before = ["unlocked in softcore before"] if row["is_upgrade"] else []
    return Entry(
        id=uuid5(IDS, name),
        kind="unlock",
        title=one_line(f"Unlocked {title} in {game}"),
        text=one_line(", ".join([mode, *points, *before, *_console(row)])),
        link=achievement_page(row["achievement_id"]),
        at=at,
        updated=_until(view, row["first_seen_at"]),
    )


def _of_milestone(view: PlayerRequest, row: Row, number: int) -> Entry:
    kind = AwardKind(row["kind"])
    # Without the date: what polls show first, and the site dates later, is the same mastery.
    name = f"{view.player.ulid}/{kind.value}/{row['game_id']}/{number}"
    return Entry(
        id=uuid5(IDS, name),
        kind=kind.value,
        title=one_line(f"{AWARD_TEXTS[kind].capitalize()} {title_or_id(row['title'], row['game_id'])}"),
        text=one_line(", ".join([FULL[kind], *_console(row), *_uncertainty(row)])),
        link=game_page(row["game_id"]),
        at=row["at"],
        updated=_until(view, row["first_seen_at"]),
    )


def _until(view: PlayerRequest, stored: datetime) -> datetime:
    """Return when an entry was stored; as of a past moment at most that: then nothing was later."""
    return min(stored, view.now) if view.past else stored


def _uncertainty(row: Row) -> list[str]:
    """Return between which polls it was, if the site has not dated it."""
    if row["is_exact"]:
        return []
    until = f"{row['at']:{MINUTE}}"
    return [f"between {row['after']:{MINUTE}} and {until}" if row["after"] else f"before {until}"]


def _console(row: Row) -> list[str]:
    return [row["console_name"]] if row["console_name"] else []


def one_line(text: str) -> str:
    """Return the text with single spaces, and with U+FFFD for what XML does not allow."""
    return NOT_XML.sub("\ufffd", " ".join(text.split()))
