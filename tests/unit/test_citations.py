"""Citations of our Markdown files: the cited file, section and anchor exist."""

import functools
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

HOME = Path(__file__).parents[2]
SUFFIXES = {".py", ".html", ".md", ".mako", ".toml", ".sql", ".yml", ".yaml", ".service", ".js", ".mjs", ".1"}
OUTSIDE = re.compile(r"(.*/)?(ra-api|design|naming|interface|faults|dependencies|style)\.md")
NUMBER = r"\d+(?:\.\d+)*"
SPACE = r"(?:[ \t]+|[ \t]*\n[ \t#]*)"  # a citation may be wrapped, in a comment too
CITATION = re.compile(
    rf"(?P<file>[\w./-]*\w\.md)\b(?:#(?P<anchor>[\w-]+))?[`)]?"
    rf"(?:,?{SPACE}(?P<where>(?:sections?{SPACE})?{NUMBER}(?:(?:,|{SPACE}and|{SPACE}to){SPACE}{NUMBER})*))?"
)
LIST_ENTRY = re.compile(rf"section{SPACE}({NUMBER}),{SPACE}(\d+)")
LOCAL_LINK = re.compile(r"\]\(#([\w-]+)\)")


class Citation(NamedTuple):
    file: str  # empty: the citing file itself
    anchor: str = ""
    sections: tuple[str, ...] = ()  # "13, 7" is entry 7 of the numbered list in section 13


def citations(text: str) -> Iterator[Citation]:
    """Yield the citations of Markdown files, web addresses left out."""
    for match in CITATION.finditer(text):
        if match["file"].startswith("//"):
            continue
        where = match["where"] or ""
        entry = LIST_ENTRY.fullmatch(where)
        sections = [", ".join(entry.groups())] if entry else re.findall(NUMBER, where)
        yield Citation(match["file"], match["anchor"] or "", tuple(sections))
    for anchor in LOCAL_LINK.findall(text):
        yield Citation("", anchor)


def headings(text: str) -> tuple[set[str], set[str]]:
    """Return the section numbers, list entries included, and the anchors as GitHub forms them."""
    numbers, slugs, anchors, section = set(), list[str](), set(), ""
    for line in re.sub(r"^```.*?^```", "", text, flags=re.M | re.S).splitlines():
        if heading := re.match(r"#+ +(.+)", line):
            section = (re.match(NUMBER, heading[1]) or [""])[0]
            numbers.add(section)
            slug = re.sub(r"[^\w -]", "", heading[1].lower()).strip().replace(" ", "-")
            anchors.add(f"{slug}-{slugs.count(slug)}" if slug in slugs else slug)
            slugs.append(slug)
        elif entry := re.match(r"(\d+)\. ", line):
            numbers.add(f"{section}, {entry[1]}")
    return numbers, anchors


@functools.cache
def headings_of(file: Path) -> tuple[set[str], set[str]]:
    return headings(file.read_text("utf-8"))


def problems(text: str, place: Path, home: Path = HOME) -> list[str]:
    """Return what is wrong with the citations in the text of the file `place`."""
    found = []
    for file, anchor, sections in citations(text):
        candidates = [place] if not file else [place.parent / file, home / file, home / "docs" / file]
        target = next((path for path in candidates if path.is_file()), None)
        if OUTSIDE.fullmatch(file):
            found.append(f"{file} is not in the repository")
        elif target is None:
            found.append(f"{file} does not exist")
        else:
            numbers, anchors = headings_of(target)
            found += [f"{file} has no section {number}" for number in sections if number not in numbers]
            found += [f"{target.name} has no anchor {anchor}"] if anchor and anchor not in anchors else []
    return [f"{place.relative_to(home)}: {problem}" for problem in found]


def test_every_citation_names_something_that_exists() -> None:
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=HOME, capture_output=True, check=True, text=True).stdout.split("\0")
    files = [HOME / name for name in names if Path(name).suffix in SUFFIXES and (HOME / name).is_file()]
    assert len(files) > 100
    files.remove(Path(__file__))  # its citations are made up
    assert [problem for file in files for problem in problems(file.read_text("utf-8"), file)] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"""One page (site-api.md 5.3)."""', Citation("site-api.md", sections=("5.3",))),
        ("`docs/site-api.md` section 6.", Citation("docs/site-api.md", sections=("6",))),
        ("# see docs/site-api.md\n    # section 6", Citation("docs/site-api.md", sections=("6",))),
        ("site-api.md 3, 4 and 5.1: a", Citation("site-api.md", sections=("3", "4", "5.1"))),
        ("(site-api.md 5.3 to 5.8)", Citation("site-api.md", sections=("5.3", "5.8"))),
        ("site-api.md section 13, 17)", Citation("site-api.md", sections=("13, 17",))),
        ("docs/architecture.md\n\n## 2. Next", Citation("docs/architecture.md")),
        ("[the form](json.md#config-show).", Citation("json.md", "config-show")),
        ("[below](#with-sqlite)", Citation("", "with-sqlite")),
    ],
)
def test_a_citation_is_collected(text: str, expected: Citation) -> None:
    assert list(citations(text)) == [expected]


def test_wrong_citations_are_refused(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    sound = "# API\n## 5. Points\n```\n## 9. no heading\n```\n### 5.1 `Get` it!\n## 13. Traps\n1. one\n"
    (tmp_path / "docs" / "api.md").write_text(sound)
    good = "api.md 5.1, docs/api.md section 13, 1; api.md#51-get-it https://a.example/x.md hashlib.md5"
    bad = "api.md 9, docs/api.md section 13, 2; api.md#52-no x.md ra-api.md docs/style.md"
    assert problems(good, tmp_path / "a.py", tmp_path) == []
    assert len(problems(bad, tmp_path / "a.py", tmp_path)) == len(bad.split(".md")) - 1
    assert problems("[a](#51-get-it) [b](#no)", tmp_path / "docs" / "api.md", tmp_path) == [
        "docs/api.md: api.md has no anchor no"
    ]
