"""A change in the words of players."""

import pytest

from syncer.core.milestones.texts import change_text
from syncer.core.model.progress import Progress


def progress(possible: int, unlocked: int = 4) -> Progress:
    return Progress(possible, possible * 5, unlocked, unlocked * 5, 0, 0)


@pytest.mark.parametrize(
    ("kind", "before", "after", "award", "text"),
    [
        ("unlock", progress(34), progress(34, 5), None, "unlocked"),
        ("unlock", progress(34), progress(34, 34), "mastered", "mastered"),
        ("hardcore_upgrade", progress(34), progress(34), "beaten-hardcore", "beaten (hardcore)"),
        ("set_revised", progress(34), progress(35), None, "set revised: 34 -> 35 achievements"),
        ("set_revised", progress(5), progress(4), "completed", "completed; set revised: 5 -> 4 achievements"),
        ("demoted", progress(1034), progress(999), None, "demoted: 1,034 -> 999 achievements"),
        ("reweighted", progress(34), progress(34), None, "points revised"),
        ("gone", progress(34), progress(0, 0), None, "set removed"),  # 34 -> 0 says nothing more
        ("baseline", None, progress(34), None, "first poll"),
        ("of_a_later_version", progress(34), progress(34), "another", "another; of_a_later_version"),
    ],
)
def test_a_change_is_named_in_the_words_of_players(
    kind: str, before: Progress | None, after: Progress, award: str | None, text: str
) -> None:
    assert change_text(kind, before, after, award) == text
