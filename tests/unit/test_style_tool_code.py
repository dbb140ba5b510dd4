"""./run style counts imports, classes, lengths and commits on made-up sources."""

import subprocess
from pathlib import Path

import pytest

from tools.style import commits, imports, sizes, structure
from tools.style.source import Module, parse


def module(text: str, path: str = "syncer/x.py") -> Module:
    return parse(path, text)


def test_circles_are_found_through_relative_imports() -> None:
    one = module("from .b import x\n", "syncer/p/a.py")
    two, three = (
        module("from . import c\n", "syncer/p/b.py"),
        module("from syncer.p.a import y\n", "syncer/p/c.py"),
    )
    assert [hit.text for hit in imports.circles([one, two, three])] == [
        "syncer.p.a <-> syncer.p.b <-> syncer.p.c"
    ]
    assert imports.circles([one, two, module("import os\n", "syncer/p/c.py")]) == []


@pytest.mark.parametrize(
    "back", ["if TYPE_CHECKING:\n    from . import a\n", "def f():\n    from .a import x\n"]
)
def test_hidden_imports_close_a_circle_only_where_asked(back: str) -> None:
    both = [module("from . import b\n", "syncer/a.py"), module(back, "syncer/b.py")]
    assert imports.circles(both) == []
    assert len(imports.circles(both, with_hidden=True)) == 1
    assert len(imports.late_imports(both)) == back.startswith("def")


def test_a_package_and_its_module_can_be_a_circle() -> None:
    both = [
        module("from .a import x\n", "syncer/p/__init__.py"),
        module("from . import y\n", "syncer/p/a.py"),
    ]
    assert [hit.text for hit in imports.circles(both)] == ["syncer.p <-> syncer.p.a"]


def test_classes_are_counted_with_what_they_inherit() -> None:
    source = module(
        "class A:\n def a(self): ...\n def _b(self): ...\n"
        "class B(A, Generic[T]):\n def c(self): ...\nclass D(A, B): ..."
    )
    assert [hit.text for hit in structure.several_bases([source])] == ["D(A, B)"]
    assert {size.hit.text for size in structure.class_sizes([source])} == {
        f"{n} public methods" for n in ("A: 1", "B: 2", "D: 2")
    }


def test_comments_and_lengths() -> None:
    source = module(
        '"""Doc."""\n# why\n\nx = 1  # noqa: E1\ndef f():\n    """Do."""\n    return [\n        1]\n'
    )
    assert sizes.comments_and_code(source) == (1, 4)
    assert sizes.comments_per_100_lines([source]) == 25
    assert [lines for lines, _ in sizes.function_lengths([source])] == [3]
    assert [sizes.percentile(range(1, 11), share) for share in (0.5, 0.9)] == [5, 9]


def test_long_files_are_found_except_data_and_fixtures() -> None:
    code, data = "def f(): ...\n" * 251, "x = 1\n" * 251
    files = [module(code), module(data), module(code, "tests/fixtures/a.py"), module(code[:-13])]
    assert len(sizes.long_files(files)) == 1


def test_subjects_of_commits_are_judged(tmp_path: Path) -> None:
    assert commits.subjects(tmp_path, None) == []
    found = [("a", "Add a thing"), ("b", "The thing"), ("c", "Add " + "x" * 57)]
    assert [hit.place for hit in commits.too_long(found) + commits.not_imperative(found)] == ["c", "b"]
    git = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@b.c"]
    subprocess.run([*git, "init", "-q"], check=True)
    for subject in ("First", "Add it"):
        subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", subject], check=True)
    assert [subject for _, subject in commits.subjects(tmp_path, "HEAD~1")] == ["Add it"]
