"""A parser of Dockerfile and .dockerignore, as far as the tests need it."""

import re
import shlex
from dataclasses import dataclass
from fnmatch import fnmatch


@dataclass(frozen=True)
class Step:
    """One instruction: its word, its arguments, and its stage (0, 1 …)."""

    word: str
    rest: str
    stage: int

    @property
    def words(self) -> list[str]:
        """The arguments without --options."""
        return [word for word in shlex.split(self.rest) if not word.startswith("--")]


def steps(text: str) -> list[Step]:
    """Return the instructions of a Dockerfile, continued lines joined."""
    lines = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    found: list[Step] = []
    stage = -1
    for line in re.sub(r"\\\n", " ", lines).splitlines():
        word, _, rest = line.strip().partition(" ")
        stage += word == "FROM"
        found += [Step(word, rest.strip(), stage)] if word else []
    return found


def is_included(path: str, ignored: str) -> bool:
    """Return whether .dockerignore includes a path: the last line that matches it decides."""
    kept = True
    for line in ignored.splitlines():
        pattern = line.strip().removeprefix("!").removesuffix("/")
        if not pattern or pattern.startswith("#"):
            continue
        parts = path.split("/")
        heads = ["/".join(parts[: n + 1]) for n in range(len(parts))]
        deep = pattern.startswith("**/") and any(fnmatch(part, pattern[3:]) for part in parts)
        if deep or any(matches(head, pattern) for head in heads):
            kept = line.strip().startswith("!")
    return kept


def matches(head: str, pattern: str) -> bool:
    """Return whether a pattern matches; * matches no slash."""
    return head.count("/") == pattern.count("/") and fnmatch(head, pattern)
