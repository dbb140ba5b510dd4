"""Parsed Python files, and the parts of them that the counters need."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Hit:
    """One place that a figure counts."""

    place: str
    text: str

    def __str__(self) -> str:
        return f"{self.place}: {self.text}"


@dataclass(frozen=True, slots=True)
class Module:
    """One Python file. `path` is relative to the repository, `name` is what an import calls it.

    `nodes` are all nodes of the tree in the order of `ast.walk`, which ten counters need.
    """

    path: Path
    text: str
    tree: ast.Module
    nodes: tuple[ast.AST, ...]

    @property
    def name(self) -> str:
        parts = self.path.with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    @property
    def is_package(self) -> bool:
        return self.path.name == "__init__.py"

    def hit(self, line: int, text: str) -> Hit:
        """Return a hit at a line of this file."""
        return Hit(f"{self.path.as_posix()}:{line}", text)


def load(root: Path, *folders: str) -> list[Module]:
    """Return the Python files below these folders of the repository, sorted by path."""
    files = sorted(file for folder in folders for file in (root / folder).rglob("*.py"))
    return [parse(file.relative_to(root), file.read_text("utf-8")) for file in files]


def parse(path: Path | str, text: str) -> Module:
    """Return the module that this text makes."""
    tree = ast.parse(text)
    return Module(Path(path), text, tree, tuple(ast.walk(tree)))


def functions(module: Module) -> list[Function]:
    """Return all functions and methods, nested ones, too."""
    return [node for node in module.nodes if isinstance(node, Function)]


def classes(module: Module) -> list[ast.ClassDef]:
    """Return all classes, nested ones, too."""
    return [node for node in module.nodes if isinstance(node, ast.ClassDef)]


def docstring(node: ast.AST) -> ast.Constant | None:
    """Return the docstring of a module, class or function as the node that holds it."""
    body = getattr(node, "body", None)
    if not isinstance(node, ast.Module | ast.ClassDef | Function) or not body:
        return None
    value = body[0].value if isinstance(body[0], ast.Expr) else None
    return value if isinstance(value, ast.Constant) and isinstance(value.value, str) else None


def docstrings(module: Module) -> Iterator[ast.Constant]:
    """Yield the docstrings of the module, its classes and its functions."""
    for node in module.nodes:
        if found := docstring(node):
            yield found


def names_of(nodes: Iterable[ast.expr]) -> list[str]:
    """Return the last name of each expression: `a.b[c]` and `a.b()` are `b`."""
    return [_last_name(node) for node in nodes]


def _last_name(node: ast.expr) -> str:
    while isinstance(node, ast.Subscript | ast.Call):
        node = node.value if isinstance(node, ast.Subscript) else node.func
    return node.attr if isinstance(node, ast.Attribute) else ast.unparse(node)
