"""Numbers and ids are read from a query as PHP reads them."""

import pytest

from syncer.core.formats import php
from syncer.core.formats.ra_json import game_ids


@pytest.mark.parametrize(
    ("piece", "expected"),
    [
        ("12", 12),
        (" 12", 12),
        ("12 ", 12),
        ("+12", 12),
        ("012", 12),
        ("7.9", 7),
        ("1e3", 1000),
        (".5e1", 5),
        ("5.", 5),
        ("-3", -3),
        ("0.5", 0),
        ("", None),
        ("abc", None),
        ("0x1F", None),
        ("12abc", None),
        ("١٢", None),  # digits, but not ASCII
        ("nan", None),
        ("inf", None),
        ("99999999999999999999", 2**63 - 1),
        ("9223372036854775807", 2**63 - 1),
        ("1e999999999", 2**63 - 1),
        ("0" * 5000 + "12", 12),
    ],
)
def test_numbers_are_read_as_php_reads_them(piece: str, expected: int | None) -> None:
    assert php.integer(piece) == expected


def test_invalid_game_ids_are_dropped_and_the_order_is_kept() -> None:
    assert game_ids("30,abc,,0,-4,0.5,7.9,1e3,30,0x1F, 12") == [30, 7, 1000, 12]
