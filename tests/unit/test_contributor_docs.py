"""docs/architecture.md and CONTRIBUTING.md: the files, classes and verbs that they name exist."""

import re
import subprocess
from pathlib import Path

import pytest

HOME = Path(__file__).parents[2]
DOCUMENTS = ("docs/architecture.md", "CONTRIBUTING.md")
FOLDERS = ("syncer", "tests", "migrations", "docs", "contrib", "benchmarks", "tools")
PATH = re.compile(rf"`((?:{'|'.join(FOLDERS)})/[\w./-]*|[\w.-]+\.(?:toml|md|lock))`")
SIBLING = re.compile(r"`(syncer/[\w/]+/)` \(see `(\w+\.py)` there\)")
NAME = re.compile(r"`([A-Z][A-Za-z]+|[A-Z_]{4,})`")


def text_of(document: str) -> str:
    return (HOME / document).read_text("utf-8")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_each_named_path_exists(document: str) -> None:
    text = text_of(document)
    paths = PATH.findall(text) + [folder + file for folder, file in SIBLING.findall(text)]
    assert paths
    assert [path for path in paths if not (HOME / path).exists()] == []


def test_each_named_class_and_constant_exists() -> None:
    sources = [*(HOME / "syncer").rglob("*.py"), HOME / "tests" / "fakes.py"]
    code = "\n".join(file.read_text("utf-8") for file in sources)
    names = set(NAME.findall(text_of("docs/architecture.md")))
    assert names
    assert [name for name in names if not re.search(rf"^(class )?{name}\b[ (:=]", code, re.M)] == []


def test_each_package_of_the_program_is_in_the_table() -> None:
    packages = {f"syncer/{folder.parent.name}/" for folder in (HOME / "syncer").glob("*/__init__.py")}
    assert packages <= set(re.findall(r"^\| `(syncer/\w+/)` \|", text_of("docs/architecture.md"), re.M))


def test_each_verb_is_explained() -> None:
    usage = subprocess.run([HOME / "run"], capture_output=True, text=True, check=True).stdout
    verbs = set(re.findall(r"^  (\w+) ", usage, re.M))
    assert set(re.findall(r"^\| `\./run (\w+)", text_of("CONTRIBUTING.md"), re.M)) == verbs
