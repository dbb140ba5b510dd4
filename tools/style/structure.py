"""Classes: those assembled from several bases, and how many public methods each offers."""

from collections.abc import Iterable
from dataclasses import dataclass

from .source import Function, Hit, Module, classes, names_of

TYPING_BASES = {"Protocol", "Generic"}


@dataclass(frozen=True, slots=True)
class ClassSize:
    """How many public methods and properties a class offers, its own and those of our base classes."""

    methods: int
    is_protocol: bool
    hit: Hit


def several_bases(modules: Iterable[Module]) -> list[Hit]:
    """Return the classes with two or more bases that are not typing's."""
    hits = []
    for module in modules:
        for node in classes(module):
            bases = [base for base in names_of(node.bases) if base not in TYPING_BASES]
            if len(bases) > 1:
                hits.append(module.hit(node.lineno, f"{node.name}({', '.join(bases)})"))
    return hits


def class_sizes(modules: Iterable[Module]) -> list[ClassSize]:
    """Return the size of each class, the largest first."""
    known = list(modules)
    by_name = {
        node.name: (own_methods(node.body), names_of(node.bases))
        for module in known
        for node in classes(module)
    }
    sizes = []
    for module in known:
        for node in classes(module):
            count = len(own_methods(node.body) | inherited(names_of(node.bases), by_name, {node.name}))
            is_protocol = "Protocol" in names_of(node.bases)
            sizes.append(
                ClassSize(count, is_protocol, module.hit(node.lineno, f"{node.name}: {count} public methods"))
            )
    return sorted(sizes, key=lambda size: -size.methods)


def own_methods(body: Iterable[object]) -> set[str]:
    """Return the names of the public methods and properties in a class body."""
    return {node.name for node in body if isinstance(node, Function) and not node.name.startswith("_")}


def inherited(
    bases: list[str], by_name: dict[str, tuple[set[str], list[str]]], visited: set[str]
) -> set[str]:
    """Return the public methods that come from our base classes, found by their name."""
    found: set[str] = set()
    for base in set(bases) - visited:
        methods, further = by_name.get(base, (set(), []))
        found |= methods | inherited(further, by_name, visited | {base})
    return found
