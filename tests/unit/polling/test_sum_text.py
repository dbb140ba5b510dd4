"""The sum check in words."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from syncer.core.model.consistency import Points
from syncer.core.model.polling import Search, SumReport
from syncer.core.polling.sum_text import describe_sums

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
MORE = Points(1050, 0)
REPORT = SumReport(NOW, MORE)
LEFT = replace(REPORT, residual=MORE)


@pytest.mark.parametrize(
    ("report", "text"),
    [
        (replace(REPORT, difference=Points(0, 0)), "equal to the account's"),
        (REPORT, "1,050 hardcore less than the account's; a search follows if that lasts"),
        (
            replace(REPORT, difference=Points(-5, 3), search=Search(NOW)),
            "5 hardcore more, 3 softcore less than the account's; the games are searched",
        ),
        (
            replace(LEFT, searched_at=NOW),
            "1,050 hardcore less than the account's; a search did not explain it",
        ),
        (LEFT, "1,050 hardcore less than the account's; so it was at the first comparison"),
        (
            replace(LEFT, residual=Points(3, 0), searched_at=NOW),
            "1,050 hardcore less than the account's; a search follows if that lasts",
        ),
    ],
)
def test_a_person_reads_what_differs_and_what_follows(report: SumReport, text: str) -> None:
    assert describe_sums(report) == text
