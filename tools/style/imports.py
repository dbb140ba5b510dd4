"""Import circles between our modules."""

import ast
from collections.abc import Iterable, Iterator

from .source import Function, Hit, Module, functions, names_of

Graph = dict[str, set[str]]
Import = ast.Import | ast.ImportFrom


def circles(modules: Iterable[Module], with_hidden: bool = False) -> list[Hit]:
    """Return the groups of modules that import each other, directly or around.

    Imports inside functions and those for type checkers count only `with_hidden`.
    """
    known = {module.name: module for module in modules}
    groups = components(import_graph(list(known.values()), with_hidden))
    return [known[group[0]].hit(1, " <-> ".join(group)) for group in groups if len(group) > 1]


def import_graph(modules: list[Module], with_hidden: bool = False) -> Graph:
    """Return which of our modules each one imports."""
    product = {module.name for module in modules}
    graph: Graph = {}
    for module in modules:
        nodes = everywhere(module.nodes) if with_hidden else loaded(module.tree)
        graph[module.name] = {name for node in nodes for name in targets(module, node, product)} - {
            module.name
        }
    return graph


def late_imports(modules: Iterable[Module]) -> list[Hit]:
    """Return the imports of our modules inside functions."""
    known = list(modules)
    product = {module.name for module in known}
    return [
        module.hit(node.lineno, f"inside a function: {name}")
        for module in known
        for node in late(module)
        for name in sorted(set(targets(module, node, product)))
    ]


def late(module: Module) -> list[Import]:
    """Return the imports that run only when a function is called."""
    found = {node.lineno: node for function in functions(module) for node in everywhere(ast.walk(function))}
    return [found[line] for line in sorted(found)]


def everywhere(nodes: Iterable[ast.AST]) -> Iterator[Import]:
    """Yield all imports among these nodes."""
    return (node for node in nodes if isinstance(node, Import))


def loaded(node: ast.AST) -> Iterator[Import]:
    """Yield the imports that run when the module is loaded: not in functions, not for type checkers."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Import):
            yield child
        elif isinstance(child, ast.If) and names_of([child.test]) == ["TYPE_CHECKING"]:
            for other in child.orelse:
                yield from loaded(ast.Module([other], []))
        elif not isinstance(child, Function | ast.Lambda):
            yield from loaded(child)


def targets(module: Module, node: Import, product: set[str]) -> Iterator[str]:
    """Yield which of our modules an import names; a name inside a package is its module if there is one."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names if alias.name in product)
    else:
        base = absolute(module, node)
        for alias in node.names:
            inner = f"{base}.{alias.name}"
            if inner in product or base in product:
                yield inner if inner in product else base


def absolute(module: Module, node: ast.ImportFrom) -> str:
    """Return the full name that a `from` import starts at."""
    if not node.level:
        return node.module or ""
    parts = module.name.split(".")
    kept = parts[: len(parts) - node.level + module.is_package]
    return ".".join([*kept, *([node.module] if node.module else [])])


def components(graph: Graph) -> list[list[str]]:
    """Return the strongly connected components: groups in which each node reaches each other one."""
    reach = {node: reachable(graph, node) for node in graph}
    groups = {
        node: tuple(sorted({node} | {other for other in reach[node] if node in reach.get(other, ())}))
        for node in graph
    }
    return [list(group) for group in sorted(set(groups.values()))]


def reachable(graph: Graph, start: str) -> set[str]:
    """Return the nodes that some path from this one leads to."""
    found: set[str] = set()
    waiting = [start]
    while waiting:
        new = graph.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return found
