"""The card: one document of XML that loads and runs nothing, whatever players and games are called."""

import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from syncer.core.formats.xml_text import estimated_width, fit
from syncer.core.model.library import AwardKind
from syncer.core.review.card import INNER, MARGIN, STYLE, WIDTH, card
from syncer.core.review.model import OfConsole, PeriodSums, Tally

from .reviews import nothing_known, quiet, reached, review

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = (
    "<script>alert(1)</script>",
    "\"'><image href='http://x.invalid/a.png'/>",
    "]]></style></svg><svg onload=alert(1)>",
    "a\0b\x1b[31mc\x7f\x85\ud800\ufffe\u202e&amp;&#0;%s{0}",
    "two\nlines\tand a tab",
    "W" * 300,
    "",
)
DRAWN = {"svg", "title", "style", "rect", "text"}
ATTRIBUTES = re.compile(
    r"x|y|rx|width|height|viewBox|role|id|aria-labelledby|class|font-size|direction|unicode-bidi"
)


def parsed(document: str) -> ElementTree.Element:
    return ElementTree.fromstring(document.encode())


def texts(document: str) -> list[str]:
    return [element.text or "" for element in parsed(document).iter(f"{SVG}text")]


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("of", ["player", "games"])
def test_hostile_names_are_text(name: str, of: str) -> None:
    named = review(name, name) if of == "games" else review()
    document = card(named, name if of == "player" else "Heron", [name])
    elements = list(parsed(document).iter())
    assert {element.tag.removeprefix(SVG) for element in elements} == DRAWN
    assert [key for element in elements for key in element.attrib if not ATTRIBUTES.fullmatch(key)] == []
    assert [element.text for element in elements if element.tag == f"{SVG}style"] == [STYLE]
    assert re.findall(r"<!|<\?|url\(|@import", document) == []
    assert not any(":" in value for element in elements for value in element.attrib.values())
    assert not set(document) & {*map(chr, range(9)), *"\x0b\x0c\x1b\x7f\x85\u202e\ufffe\ud800"}


def test_a_name_is_shown_as_it_is() -> None:
    assert "<script>alert(1)</script>" in texts(card(review(), HOSTILE[0], []))
    title = parsed(card(review(), "A & B", [])).find(f"{SVG}title")
    assert title is not None
    assert title.text == "May 2026 of A & B on RetroAchievements"


def test_no_line_is_wider_than_the_card() -> None:
    document = card(review("W" * 300, "m" * 300), "W" * 300, ["many words " * 40, "W" * 300])
    for element in parsed(document).iter(f"{SVG}text"):
        right = float(element.attrib["x"]) + estimated_width(
            element.text or "", int(element.attrib["font-size"])
        )
        assert right <= WIDTH - MARGIN + 1, element.text


def test_elements_stay_within_the_height() -> None:
    for found in (review(), quiet(), nothing_known()):
        root = parsed(card(found, "Heron", ["A sentence."]))
        height = float(root.attrib["height"])
        assert root.attrib["viewBox"] == f"0 0 {WIDTH} {root.attrib['height']}"
        assert all(float(e.attrib["y"]) < height - 8 for e in root.iter(f"{SVG}text"))


def test_lists_are_cut_and_say_how_many_more() -> None:
    games = [reached(n, AwardKind.MASTERED, f"Game {n}") for n in range(1, 6)]
    found = review()
    assert found.unlocked
    consoles = [OfConsole(name, Tally(1, 1), 1) for name in (None, "B", "C", "D")]
    unlocked = replace(found.unlocked, consoles=consoles)
    shown = texts(
        card(replace(found, sums=PeriodSums(found.sums.days, games), unlocked=unlocked), "Heron", [])
    )
    assert "and 2 more games" in shown
    assert "and 1 more console" in shown
    assert "1 achievement: unknown console" in shown


def test_a_card_of_what_is_not_known_has_its_sentence_and_no_zero() -> None:
    shown = texts(card(nothing_known(), "Heron", ["Nothing is known."]))
    assert shown == ["May 2026 in review", "Heron", "Nothing is known.", "Recorded with ra-syncer"]


def test_both_schemes_are_in_the_style() -> None:
    assert "prefers-color-scheme:dark" in STYLE
    assert card(review(), "Heron", []).count("<style>") == 1


def test_a_text_is_cut_where_it_would_be_too_wide() -> None:
    assert fit("  short \n text ", 15, INNER) == "short text"
    assert fit("W" * 100, 10, 100).endswith("…")
    assert estimated_width("e\u0301", 10) == estimated_width("e", 10)
    assert estimated_width("赤", 10) > estimated_width("a", 10)
