"""Counters of prose: mannered phrases, and docstrings that open with a fragment."""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from .source import Function, Hit, Module, docstring, docstrings, functions, names_of
from .words import ALLOWED, MANNERED, NOT_IMPERATIVE, VERBS_DESPITE_ENDING

PHRASE = re.compile(rf"\b(?:{'|'.join(MANNERED)})\b".replace(" ", r"\s+"), re.IGNORECASE)
WORD = re.compile(r"[A-Za-z][A-Za-z'’-]*")
# What a reader does not read as prose: code in pages of documentation, markup in templates.
CODE = re.compile(
    r"^```(?:sql|json|python|toml|yaml|ini|sh|bash|javascript|php)\n.*?^```|`[^`\n]+`",
    re.DOTALL | re.MULTILINE,
)
MARKUP = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}|<[^>]*>", re.DOTALL)
SQL = re.compile(r"\b(?:SELECT|INSERT|UPDATE|DELETE|CREATE|DROP|ALTER|PRAGMA|BEGIN|COALESCE|CASE|WHERE)\b")
AFTER_A_NOUN = {"of", "is", "are", "was", "were"}
MIN_WORDS = 3  # a literal that has fewer is a name or a key, not a message


@dataclass(frozen=True, slots=True)
class Passage:
    """A text that a reader reads, and where it begins."""

    path: str
    line: int
    text: str

    def mannered(self) -> Iterator[Hit]:
        """Yield each mannered phrase, with the line that it stands in."""
        for match in PHRASE.finditer(self.text):
            if not match[0].lower().startswith(ALLOWED.get(self.path, ("\n",))):
                offset = self.text.count("\n", 0, match.start())
                line = self.text.split("\n")[offset].strip()
                yield Hit(f"{self.path}:{self.line + offset}", f"[{' '.join(match[0].split())}] {line}")


def per_1000_words(passages: Iterable[Passage]) -> tuple[float, list[Hit]]:
    """Return how many mannered phrases there are per 1,000 words, and each of them."""
    read = list(passages)
    words = sum(len(WORD.findall(passage.text)) for passage in read)
    hits = [hit for passage in read for hit in passage.mannered()]
    return 1000 * len(hits) / max(words, 1), hits


def docstring_passages(modules: Iterable[Module]) -> Iterator[Passage]:
    """Yield all docstrings."""
    for module in modules:
        for node in docstrings(module):
            yield Passage(module.path.as_posix(), node.lineno, str(node.value))


def message_passages(modules: Iterable[Module]) -> Iterator[Passage]:
    """Yield the string literals that read as a message: help, errors, logs, notifications; not SQL."""
    for module in modules:
        known = {id(node) for node in docstrings(module)}
        for node in module.nodes:
            if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or id(node) in known:
                continue
            if len(WORD.findall(node.value)) >= MIN_WORDS and not SQL.search(node.value):
                yield Passage(module.path.as_posix(), node.lineno, node.value)


def page_passages(root: Path) -> Iterator[Passage]:
    """Yield the pages of documentation and the templates, without their code and markup."""
    pages = [root / "README.md", root / "CHANGELOG.md", *sorted((root / "docs").glob("*.md"))]
    for pattern, files in ((CODE, pages), (MARKUP, sorted((root / "syncer").rglob("*.html")))):
        for file in files:
            if file.exists():
                text = pattern.sub(lambda match: "\n" * match[0].count("\n"), file.read_text("utf-8"))
                yield Passage(file.relative_to(root).as_posix(), 1, text)


def fragments(modules: Iterable[Module]) -> tuple[float, list[Hit]]:
    """Return the percentage of function docstrings that open with no imperative verb, and each of them."""
    hits, total = [], 0
    for module in modules:
        for function in functions(module):
            node = docstring(function)
            if node is None or is_exempt(function):
                continue
            total += 1
            opening = str(node.value).strip()
            if not opens_with_imperative(opening):
                hits.append(module.hit(node.lineno, opening.split("\n")[0]))
    return 100 * len(hits) / max(total, 1), hits


def is_exempt(function: Function) -> bool:
    """Return whether the docstring is a noun phrase by rule (a property), or a test's."""
    kinds = names_of(function.decorator_list)
    return function.name.startswith("test_") or any(
        kind.endswith("property") or kind in ("setter", "getter", "deleter") for kind in kinds
    )


def opens_with_imperative(text: str) -> bool:
    """Return whether the first word can be an imperative verb; the rule stands with the lists."""
    first, second = [*text.split()[:2], "", ""][:2]
    word = first.rstrip(".,:;").lower()
    if not re.fullmatch(r"[A-Z][a-z]+(?:-[a-z]+)?[.,:;]*", first) or second in AFTER_A_NOUN:
        return False
    if word in VERBS_DESPITE_ENDING:
        return True
    return word not in NOT_IMPERATIVE and not word.endswith(("s", "ed", "ing"))
