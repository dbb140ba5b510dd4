"""Lengths of files and functions, and the share of comments."""

import ast
import io
import re
import tokenize
from collections.abc import Iterable

from .source import Function, Hit, Module, docstring, docstrings, functions

MAX_FILE_LINES = 250
MAX_FUNCTION_LINES = 15
DIRECTIVE = re.compile(r"#\s*(?:noqa|type:|pragma|fmt:|ruff:|!)")  # read by tools, tells a reader nothing
NO_CODE = {
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.COMMENT,
    tokenize.ENDMARKER,
}


def long_files(modules: Iterable[Module]) -> list[Hit]:
    """Return the files that are longer than the limit, except fixtures and modules of data."""
    hits = []
    for module in modules:
        lines = len(module.text.splitlines())
        if lines > MAX_FILE_LINES and "fixtures" not in module.path.parts and not is_data(module):
            hits.append(Hit(f"{module.path.as_posix()}:{lines}", f"{lines} lines"))
    return hits


def is_data(module: Module) -> bool:
    """Return whether a module has neither functions nor classes."""
    return not any(isinstance(node, Function | ast.ClassDef) for node in module.nodes)


def function_lengths(modules: Iterable[Module]) -> list[tuple[int, Hit]]:
    """Return the lines of each function from `def` to its end, without its docstring; the longest first."""
    found = []
    for module in modules:
        for node in functions(module):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if text := docstring(node):
                lines -= (text.end_lineno or text.lineno) - text.lineno + 1
            found.append((lines, module.hit(node.lineno, f"{node.name}: {lines} lines")))
    return sorted(found, key=lambda pair: -pair[0])


def percentile(values: Iterable[int], share: float) -> int:
    """Return the smallest value that this share of all values does not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, -(-round(share * 100) * len(ordered) // 100) - 1)] if ordered else 0


def comments_per_100_lines(modules: Iterable[Module]) -> float:
    """Return comments per 100 lines of code; directives to tools are no comments."""
    comments = lines = 0
    for module in modules:
        found, code = comments_and_code(module)
        comments, lines = comments + found, lines + code
    return 100 * comments / max(lines, 1)


def comments_and_code(module: Module) -> tuple[int, int]:
    """Return the number of comments, and of lines that hold code other than docstrings."""
    tokens = list(tokenize.generate_tokens(io.StringIO(module.text).readline))
    comments = [t for t in tokens if t.type == tokenize.COMMENT and not DIRECTIVE.match(t.string)]
    code = {line for t in tokens if t.type not in NO_CODE for line in range(t.start[0], t.end[0] + 1)}
    for node in docstrings(module):
        code -= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return len(comments), len(code)
