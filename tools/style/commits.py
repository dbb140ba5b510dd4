"""Subjects of commits: their length, and whether they open with an imperative verb."""

import subprocess
from pathlib import Path

from .source import Hit
from .words import COMMIT_VERBS, FIRST_COMMIT

MAX_SUBJECT = 60


def subjects(root: Path, since: str | None) -> list[tuple[str, str]]:
    """Return hash and subject of the commits after `since`; empty where there is no such history."""
    base = since or git(root, "merge-base", "HEAD", FIRST_COMMIT).strip()
    if not base:
        return []
    log = git(root, "log", "--no-merges", "--format=%h %s", f"{base}..HEAD")
    return [(short, subject) for short, _, subject in (line.partition(" ") for line in log.splitlines())]


def git(root: Path, *words: str) -> str:
    """Return what git prints; empty where it fails or is not installed."""
    try:
        done = subprocess.run(["git", "-C", str(root), *words], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return ""
    return done.stdout if done.returncode == 0 else ""


def too_long(found: list[tuple[str, str]]) -> list[Hit]:
    """Return the subjects that are longer than the limit."""
    return [Hit(short, f"[{len(text)}] {text}") for short, text in found if len(text) > MAX_SUBJECT]


def not_imperative(found: list[tuple[str, str]]) -> list[Hit]:
    """Return the subjects whose first word is not a known verb."""
    return [
        Hit(short, f"[no verb] {text}")
        for short, text in found
        if text.split(" ")[0].lower().rstrip(",:") not in COMMIT_VERBS
    ]
