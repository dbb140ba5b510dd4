"""What a database holds, in parts that can be compared one by one."""

from dataclasses import dataclass, field


@dataclass
class FoundSchema:
    """The parts of our tables and views, and what others added.

    `parts`: definitions by name, such as "column snapshots.id". `refused`: what changes our tables or what
    is read from them. `foreign`: what stands beside them and does not.
    """

    parts: dict[str, str] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    def add(self, part: str, definition: str) -> None:
        """Add a part. Of two with one name neither is what the migrations made."""
        known = self.parts.get(part)
        self.parts[part] = definition if known is None else f"{known}; {definition}"


@dataclass(frozen=True)
class OwnNames:
    """The names of our tables and views, and of our indexes, of all revisions."""

    relations: frozenset[str]
    indexes: frozenset[str]
