"""./run style counts prose and names on made-up sources."""

from pathlib import Path

import pytest

from tools.style import prose, terms
from tools.style.__main__ import main
from tools.style.source import Module, parse


def module(text: str, path: str = "syncer/x.py") -> Module:
    return parse(path, text)


@pytest.mark.parametrize(
    "text",
    [
        "Whoever asks.",
        "A list of\nits own.",
        "It is told.",
        "The last look.",
        "Looked at today.",
        "He asks, else it ends.",
    ],
)
def test_a_mannered_phrase_is_counted(text: str) -> None:
    rate, hits = prose.per_1000_words([prose.Passage("docs/sql.md", 1, text + " one two")])
    assert len(hits) == 1
    assert rate > 100


def test_plain_english_has_no_mannered_phrase() -> None:
    text = "It looks like a poll of the wall clock. Tell them apart. The heartbeat stretched_out. Somebody's"
    text += " house rules."
    rate, hits = prose.per_1000_words([prose.Passage("docs/sql.md", 1, text)])
    assert [hit.text.split("]")[0] for hit in hits] == ["[Somebody"]
    assert rate == pytest.approx(1000 / 19)


def test_the_word_of_the_api_is_allowed_on_its_page_only() -> None:
    found = [
        prose.per_1000_words([prose.Passage(path, 1, "casual")])[0]
        for path in ("docs/sql.md", "docs/site-api.md")
    ]
    assert found == [1000, 0]


def test_docstrings_and_messages_are_read_with_their_lines() -> None:
    source = module(
        '"""Plain."""\ndef f():\n    """Ask.\n\n    Nobody at home."""\n'
        '    raise E("we met nobody", "SELECT nobody at all", "nobody")\n'
    )
    docstrings, messages = prose.docstring_passages([source]), prose.message_passages([source])
    assert [hit.place for hit in prose.per_1000_words(docstrings)[1]] == ["syncer/x.py:5"]
    assert [hit.place for hit in prose.per_1000_words(messages)[1]] == ["syncer/x.py:6"]


def test_pages_are_read_without_code_and_markup(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("```sql\nnobody\n```\n`nobody`\nanew\n")
    (tmp_path / "syncer").mkdir()
    (tmp_path / "syncer/a.html").write_text("<p class='nobody'>\n{{ nobody }} besides</p>\n")
    hits = prose.per_1000_words(prose.page_passages(tmp_path))[1]
    assert [hit.place for hit in hits] == ["README.md:5", "syncer/a.html:2"]


@pytest.mark.parametrize(
    "text", ["What is.", "Returns a.", "Titles.", "Known.", "`a`: b.", "Name of it.", "4 s.", ""]
)
def test_a_fragment_is_no_imperative(text: str) -> None:
    assert not prose.opens_with_imperative(text)


@pytest.mark.parametrize(
    "text",
    [
        "Return a.",
        "Pass it on.",
        "Re-read it.",
        "Stop.",
        "Sync it.",
        "Backfill it.",
        "Cut it.",
        "Suppress a.",
    ],
)
def test_a_verb_is_an_imperative(text: str) -> None:
    assert prose.opens_with_imperative(text)


def test_properties_and_tests_may_open_with_a_noun() -> None:
    lines = ["@property\ndef a(): 'The a.'", "def test_b(): 'The b.'", "def c(): 'The c.'", "def d(): 'Do.'"]
    share, hits = prose.fragments([module("\n".join(lines))])
    assert (share, [hit.text for hit in hits]) == (50, ["The c."])


def test_a_term_is_found_in_files_classes_and_functions() -> None:
    found = [module("class RateLimiter: ...\ndef _retries_left(): ...\n", "syncer/web/thread_pool.py")]
    missing = {hit.text for hit in terms.missing_terms(found)}
    assert not missing & {"rate limiter", "retry", "thread pool"}
    assert {"due", "outbox"} <= missing  # `residue` would not be `due`
    assert "due" in {hit.text for hit in terms.missing_terms([module("def residue(): ...")])}


def test_only_fault_injection_may_be_in_a_name_of_the_tests() -> None:
    tests = [module("def due(): ...\ndef faults(): ...")]
    missing = {hit.text for hit in terms.missing_terms([], tests)}
    assert ("due" in missing, "fault injection" in missing) == (True, False)


def test_check_fails_where_a_goal_is_missed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plant(tmp_path, "Nobody.")
    assert main(["--root", str(tmp_path)]) == 0
    assert main(["--root", str(tmp_path), "--check"]) == 1
    capsys.readouterr()
    assert main(["--root", str(tmp_path), "--list", "mannered"]) == 0
    assert capsys.readouterr().out == "syncer/a.py:1: [Nobody] Nobody.\n"


def test_check_passes_where_all_goals_are_met(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(terms, "TERMS", {"due": "due"})
    plant(tmp_path, "A module.")
    assert main(["--root", str(tmp_path), "--check"]) == 0
    assert " no\n" not in capsys.readouterr().out


def plant(root: Path, docstring: str) -> None:
    (root / "syncer").mkdir()
    (root / "syncer/a.py").write_text(f'"""{docstring}"""\n\n\ndef due(): ...  # a comment\n')
