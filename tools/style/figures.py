"""The figures of one repository, with their goals."""

import operator
import statistics
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from . import commits, imports, prose, sizes, structure, terms
from .source import Hit, Module, load

COMPARE: dict[str, Callable[[float, float], bool]] = {"<": operator.lt, "<=": operator.le, ">=": operator.ge}
MAX_LISTED_CLASSES = 15


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of the table. `list_name`: the `--list` that prints its hits; `goal`: a comparison, a limit."""

    list_name: str
    title: str
    value: float
    goal: tuple[str, float] | None = None
    hits: list[Hit] = field(default_factory=list)
    is_checked: bool = True

    @property
    def is_met(self) -> bool:
        return self.goal is None or COMPARE[self.goal[0]](self.value, self.goal[1])


def measure(root: Path, since: str | None = None) -> list[Figure]:
    """Return all figures of the repository at `root`."""
    product = load(root, "syncer")
    tests = load(root, "tests")
    others = load(root, "benchmarks", "docs", "tools")
    return [
        *of_prose(root, product, tests),
        *of_structure(product),
        *of_sizes(product, [*product, *tests, *others]),
        *of_commits(commits.subjects(root, since)),
    ]


def of_prose(root: Path, product: list[Module], tests: list[Module]) -> list[Figure]:
    """Return the figures of docstrings, documentation and names."""
    docstrings, in_docstrings = prose.per_1000_words(prose.docstring_passages(product))
    pages, in_pages = prose.per_1000_words([*prose.page_passages(root), *prose.message_passages(product)])
    share, fragments = prose.fragments(product)
    missing = terms.missing_terms(product, tests)
    return [
        Figure(
            "mannered", "mannered phrases per 1,000 words, docstrings", docstrings, ("<", 1), in_docstrings
        ),
        Figure(
            "mannered", "mannered phrases per 1,000 words, docs and messages", pages, ("<", 1.5), in_pages
        ),
        Figure("fragments", "function docstrings without imperative, %", share, ("<", 3), fragments),
        Figure("terms", "standard terms in no name", len(missing), ("<=", 0), missing),
    ]


def of_structure(product: list[Module]) -> list[Figure]:
    """Return the figures of imports and classes."""
    circles, late = imports.circles(product), imports.late_imports(product)
    hidden = [circle for circle in imports.circles(product, with_hidden=True) if circle not in circles]
    bases, found = structure.several_bases(product), structure.class_sizes(product)
    plain = [size for size in found if not size.is_protocol]
    protocols = [size for size in found if size.is_protocol]
    return [
        Figure("circles", "import circles", len(circles), ("<=", 0), circles),
        Figure("circles", "circles hidden in functions or TYPE_CHECKING", len(hidden), ("<=", 0), hidden),
        Figure("circles", "imports inside functions", len(late), None, late),
        Figure("bases", "classes of several bases", len(bases), ("<=", 0), bases),
        largest("largest class, public methods", plain),
        largest("largest protocol, public methods", protocols),
    ]


def largest(title: str, found: list[structure.ClassSize]) -> Figure:
    """Return the figure of the largest class; its hits are the largest few."""
    hits = [size.hit for size in found[:MAX_LISTED_CLASSES]]
    return Figure("classes", title, max((size.methods for size in found), default=0), ("<=", 12), hits)


def of_sizes(product: list[Module], everything: list[Module]) -> list[Figure]:
    """Return the figures of lengths and comments."""
    files, lengths = sizes.long_files(everything), sizes.function_lengths(product)
    lines = [count for count, _ in lengths]
    long = [hit for count, hit in lengths if count > sizes.MAX_FUNCTION_LINES]
    return [
        Figure(
            "comments", "comments per 100 lines of code", sizes.comments_per_100_lines(product), (">=", 4)
        ),
        Figure("files", f"files over {sizes.MAX_FILE_LINES} lines", len(files), ("<=", 0), files),
        Figure("functions", "function lines, median", sizes.percentile(lines, 0.5)),
        Figure(
            "functions", "function lines, 90th percentile", sizes.percentile(lines, 0.9), ("<=", 15), long
        ),
        Figure("functions", "function lines, longest", max(lines, default=0)),
    ]


def of_commits(found: list[tuple[str, str]]) -> list[Figure]:
    """Return the figures of commit subjects; none where there are no commits to judge."""
    if not found:
        return []
    long, other = commits.too_long(found), commits.not_imperative(found)
    median = statistics.median(len(text) for _, text in found)
    limit = commits.MAX_SUBJECT
    return [
        Figure("commits", "commit subjects, median length", median, ("<=", limit), is_checked=False),
        Figure("commits", f"commit subjects over {limit} characters", len(long), ("<=", 0), long, False),
        Figure("commits", "commit subjects without imperative", len(other), ("<=", 0), other, False),
    ]
