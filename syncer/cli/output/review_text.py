"""A review as text: a line for each number, and lists of games and consoles."""

from collections.abc import Iterator, Sequence

from syncer.core.formats.text import name_some, pluralize, title_or_id
from syncer.core.milestones.texts import AWARD_TEXTS, revision_text
from syncer.core.model.library import AwardKind
from syncer.core.review.facts import facts
from syncer.core.review.figures import quiet_hours
from syncer.core.review.model import Review, Unlocked

from .columns import strip_controls
from .terminal import echo, wrapped

LABEL = 26  # cells of the longest label
MAX_NAMED = 10


def print_review(username: str, review: Review, notes: Sequence[str]) -> None:
    """Print the review of one player. `notes`: sentences about what is not known."""
    echo(f"{strip_controls(username)}: {review.period.name}")
    for label, text in lines(review):
        echo(wrapped(text, f"  {label:<{LABEL}}"))
    for sentence in notes:
        echo(wrapped(sentence, "  "))


def lines(review: Review) -> Iterator[tuple[str, str]]:
    """Yield (label, text) of what is known."""
    yield from ((one.label, f"{one.value}, {one.detail}") for one in facts(review))
    for kind in AwardKind:
        if titles := [_name(one.title, one.game_id) for one in review.sums.reached if one.kind is kind]:
            yield f"Games {AWARD_TEXTS[kind]}", name_some(titles, MAX_NAMED)
    yield from _of_unlocks(review.unlocked) if review.unlocked else ()
    if review.revised:
        sets = [_revision(*one) for one in ((s.title, s.game_id, s.before, s.after) for s in review.revised)]
        yield "Sets revised", name_some(sets, MAX_NAMED)


def _of_unlocks(unlocked: Unlocked) -> Iterator[tuple[str, str]]:
    if unlocked.games:
        games = [f"{_name(one.title, one.game_id)} ({one.unlocked.points:,})" for one in unlocked.games]
        yield "Most points", name_some(games)
        consoles = [
            f"{strip_controls(one.name or 'unknown')} ({pluralize(one.unlocked.achievements, 'achievement')})"
            for one in unlocked.consoles
        ]
        yield "Consoles", name_some(consoles, MAX_NAMED)
    if quiet := [f"{start}:00 to {end}:00" for start, end in quiet_hours(unlocked.hours)]:
        yield "Nothing unlocked", f"from {', '.join(quiet)}"


def _revision(title: str | None, game_id: int, before: int, after: int) -> str:
    return f"{_name(title, game_id)} ({revision_text(before, after) or 'the same number again'})"


def _name(title: str | None, game_id: int) -> str:
    return strip_controls(title_or_id(title, game_id))
