"""What does not hold yet. A test that is named here has to fail: remove its entry when it passes."""

import pytest

SEASON: dict[tuple[str, str], str] = {}
SHORT_ONLY: dict[tuple[str, str], str] = {}
LONG_ONLY: dict[tuple[str, str], str] = {}
CASES: dict[str, str] = {}


def reason_of(item: pytest.Item) -> str | None:
    """Return why a test of the oracle cannot pass yet; None: it has to."""
    name, _, parameters = item.name.partition("[")
    values = item.callspec.params if isinstance(item, pytest.Function) and parameters else {}
    if "subject" in values:
        where = str(values["subject"]), str(values["mode"])
        is_long = item.get_closest_marker("soak") is not None
        return (SEASON | (LONG_ONLY if is_long else SHORT_ONLY)).get(where)
    others = parameters.rstrip("]").removeprefix("sqlite").removeprefix("postgres").strip("-")
    return CASES.get(f"{name}[{others}]" if others else name)
