"""A Dockerfile and a .dockerignore, read as far as our tests look."""

import re
import shlex
from dataclasses import dataclass
from fnmatch import fnmatch


@dataclass(frozen=True)
class Step:
    """One instruction: its word, what follows it, and in which stage it stands (0, 1 …)."""

    word: str
    rest: str
    stage: int

    @property
    def words(self) -> list[str]:
        """What follows, without its --options."""
        return [word for word in shlex.split(self.rest) if not word.startswith("--")]


def steps(text: str) -> list[Step]:
    lines = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    found: list[Step] = []
    stage = -1
    for line in re.sub(r"\\\n", " ", lines).splitlines():
        word, _, rest = line.strip().partition(" ")
        stage += word == "FROM"
        found += [Step(word, rest.strip(), stage)] if word else []
    return found


def let_through(path: str, ignored: str) -> bool:
    """Whether .dockerignore leaves that path in: the last line that fits it decides."""
    kept = True
    for line in ignored.splitlines():
        pattern = line.strip().removeprefix("!").removesuffix("/")
        if not pattern or pattern.startswith("#"):
            continue
        parts = path.split("/")
        heads = ["/".join(parts[: n + 1]) for n in range(len(parts))]
        deep = pattern.startswith("**/") and any(fnmatch(part, pattern[3:]) for part in parts)
        if deep or any(fits(head, pattern) for head in heads):
            kept = line.strip().startswith("!")
    return kept


def fits(head: str, pattern: str) -> bool:
    """A * stands for anything but a slash."""
    return head.count("/") == pattern.count("/") and fnmatch(head, pattern)
