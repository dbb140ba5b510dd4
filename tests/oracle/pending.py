"""What does not hold yet. A test that is named here has to fail: remove its entry when it passes."""

import pytest

SEASON: dict[tuple[str, str], str] = {}
CASES: dict[str, str] = {}


def reason_of(item: pytest.Item) -> str | None:
    """Return why a test of the oracle cannot pass yet; None: it has to."""
    callspec = getattr(item, "callspec", None)
    values = callspec.params if callspec else {}
    subject, mode = values.get("subject"), values.get("mode")
    if subject is not None and mode is not None:
        return SEASON.get((subject, mode))
    return CASES.get(getattr(item, "originalname", item.name))
