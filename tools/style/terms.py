"""Standard terms by which a newcomer searches, and the names that have them."""

import re
from collections.abc import Iterable

from .source import Hit, Module, classes, functions
from .words import TERMS, TERMS_OF_TESTS


def names(modules: Iterable[Module]) -> set[str]:
    """Return the names of files, folders, classes and functions in snake_case."""
    found = set()
    for module in modules:
        found |= {snake_case(part) for part in module.name.split(".")[1:]}
        found |= {snake_case(node.name) for node in [*classes(module), *functions(module)]}
    return found


def snake_case(name: str) -> str:
    """Return a name in snake_case: `HTTPRateLimiter` is `http_rate_limiter`."""
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return split.lower()


def missing_terms(modules: Iterable[Module], tests: Iterable[Module] = ()) -> list[Hit]:
    """Return the standard terms that no name has; those of TERMS_OF_TESTS may be in a name of the tests."""
    text, tests_text = ("\n".join(sorted(names(some))) for some in (modules, tests))
    return [
        Hit("no file, class or function name", term)
        for term, pattern in TERMS.items()
        if not has_term(pattern, text) and not (term in TERMS_OF_TESTS and has_term(pattern, tests_text))
    ]


def has_term(pattern: str, text: str) -> bool:
    """Return whether a name in snake_case contains the term at the borders of its words."""
    in_word = pattern.replace(r"\w", "[a-z0-9]")
    return re.search(rf"(?<![a-z0-9])(?:{in_word})(?![a-z0-9])", text) is not None
