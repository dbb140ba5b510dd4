"""The card of a review: one SVG that loads nothing and runs nothing. Pure.

It is as wide as a phone, and follows the light or dark scheme of its reader. Its only style is STYLE, so that
a page may allow it by its digest.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from syncer.core.formats.text import pluralize, title_or_id
from syncer.core.formats.xml_text import fit, to_xml
from syncer.core.model.library import AwardKind

from .facts import Fact, facts
from .figures import HOURS
from .model import Review

WIDTH, MARGIN = 360, 16
INNER = WIDTH - 2 * MARGIN
COLUMN = INNER / 2
SMALL, NORMAL, LARGE = 13, 15, 22  # pixels of text; on a page a phone shows nine tenths of them
BARS = 48  # pixels of the highest bar
MAX_NAMED = 3  # games of a list
LINE = 22
STYLE = (
    "text{font-family:system-ui,sans-serif;fill:#1b2129}.soft{fill:#566170}.strong{font-weight:650}"
    ".paper{fill:#fff;stroke:#dde2e8}.bar{fill:#2457c5}.track{fill:#e4e8ee}.gold{fill:#9a5600}"
    "@media (prefers-color-scheme:dark){text{fill:#e5e9ee}.soft{fill:#a4afbb}"
    ".paper{fill:#1b2026;stroke:#2e3640}.bar{fill:#86acff}.track{fill:#303841}.gold{fill:#f0b35a}}"
)


@dataclass
class Canvas:
    """The elements so far, and where the next one goes. `y`: pixels from the top."""

    parts: list[str]
    y: float = 0.0

    def text(self, text: str, size: int, x: float = MARGIN, width: float = INNER, *, kind: str = "") -> None:
        """Add a line of text at `y`, cut to a width. Each is an element: none changes the next one."""
        shown = to_xml(fit(text, size, width))
        self.parts.append(
            f'<text x="{x:g}" y="{self.y:g}" font-size="{size}" class="{kind}" direction="ltr" '
            f'unicode-bidi="embed">{shown}</text>'
        )

    def rect(self, x: float, y: float, width: float, height: float, kind: str) -> None:
        self.parts.append(
            f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="2" class="{kind}"/>'
        )


def card(review: Review, username: str, sentences: Sequence[str]) -> str:
    """Return the card as a document. `sentences`: what is not known."""
    canvas = Canvas([])
    canvas.y = 40
    canvas.text(f"{review.period.name} in review", LARGE, kind="strong")
    canvas.y += LINE
    canvas.text(username, NORMAL, kind="soft")
    _tiles(canvas, facts(review))
    if review.unlocked and any(review.unlocked.hours):
        _hours(canvas, review.unlocked.hours)
    for title, lines in _lists(review):
        _list(canvas, title, lines)
    _notes(canvas, sentences)
    canvas.y += LINE
    canvas.text("Recorded with ra-syncer", SMALL, kind="soft")
    return _document(canvas, f"{review.period.name} of {username} on RetroAchievements")


def _document(canvas: Canvas, title: str) -> str:
    height = canvas.y + MARGIN
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height:g}" '
        f'viewBox="0 0 {WIDTH} {height:g}" role="img" aria-labelledby="title">'
        f'<title id="title">{to_xml(title)}</title><style>{STYLE}</style>'
        f'<rect x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1:g}" rx="12" class="paper"/>'
        f"{''.join(canvas.parts)}</svg>\n"
    )


def _tiles(canvas: Canvas, found: Sequence[Fact]) -> None:
    canvas.y += 34
    for number, fact in enumerate(found):
        x, top = MARGIN + COLUMN * (number % 2), canvas.y
        canvas.text(fact.label, SMALL, x, COLUMN - 8, kind="soft")
        canvas.y += 24
        canvas.text(fact.value, LARGE, x, COLUMN - 8, kind="strong")
        canvas.y += 19
        canvas.text(fact.detail, SMALL, x, COLUMN - 8, kind="soft")
        canvas.y = top + (68 if number % 2 or fact is found[-1] else 0)
    canvas.y -= 20


def _hours(canvas: Canvas, hours: Sequence[int]) -> None:
    """Draw a bar for each hour of the day, and name some of them."""
    canvas.y += LINE
    canvas.text("Achievements by the hour of the day", SMALL, kind="soft")
    step, bottom = INNER / HOURS, canvas.y + 12 + BARS
    for hour, count in enumerate(hours):
        height = max(2.0, BARS * count / max(hours)) if count else 1.0
        kind = "bar" if count else "track"
        canvas.rect(
            round(MARGIN + hour * step + 1, 1), round(bottom - height, 1), step - 2, round(height, 1), kind
        )
    canvas.y = bottom + 16
    for hour in (0, 6, 12, 18):
        canvas.text(f"{hour}:00", SMALL, MARGIN + hour * step, 60, kind="soft")
    canvas.y += 8


def _lists(review: Review) -> Iterator[tuple[str, list[str]]]:
    """Yield the lists that have something: what was mastered, and where most was unlocked."""
    mastered = [one for one in review.sums.reached if one.kind is AwardKind.MASTERED]
    names = [title_or_id(one.title, one.game_id) for one in mastered]
    yield "Mastered", [*names[:MAX_NAMED], *_more(len(names), "game")]
    if review.unlocked:
        games = [(title_or_id(one.title, one.game_id), one.unlocked.points) for one in review.unlocked.games]
        yield "Most points", [f"{pluralize(points, 'point')}: {title}" for title, points in games[:MAX_NAMED]]
        consoles = [(one.name or "unknown console", one.unlocked) for one in review.unlocked.consoles]
        lines = [f"{pluralize(unlocked.achievements, 'achievement')}: {name}" for name, unlocked in consoles]
        yield "Consoles", [*lines[:MAX_NAMED], *_more(len(lines), "console")]


def _more(count: int, thing: str) -> list[str]:
    return [f"and {pluralize(count - MAX_NAMED, f'more {thing}')}"] if count > MAX_NAMED else []


def _list(canvas: Canvas, title: str, lines: Sequence[str]) -> None:
    if lines:
        canvas.y += LINE + 6
        canvas.text(title, SMALL, kind="soft")
    for line in lines:
        canvas.y += LINE
        canvas.text(line, NORMAL, kind="gold" if title == "Mastered" else "")


def _notes(canvas: Canvas, sentences: Sequence[str]) -> None:
    canvas.y += 12
    for line in (line for sentence in sentences for line in _wrapped(sentence)):
        canvas.y += 18
        canvas.text(line, SMALL, kind="soft")
    canvas.y += 6


def _wrapped(sentence: str) -> Iterator[str]:
    """Yield the lines of a sentence, none of which fit() would cut."""
    words = sentence.split()
    starts = [0]
    for end in range(1, len(words) + 1):
        line = " ".join(words[starts[-1] : end])
        if fit(line, SMALL, INNER) != line:
            starts.append(end - 1)
    yield from (" ".join(words[start:end]) for start, end in pairwise([*starts, len(words)]))
