"""The image, as far as it can be tested without a container engine."""

import importlib.metadata
import json
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from syncer.cli.commands import COMMANDS
from tests.dockerfile import Step, is_included, steps

from .simulated_site import Site, run_cli

HOME = Path(__file__).parents[2]
STEPS = steps((HOME / "Dockerfile").read_text("utf-8"))
IGNORED = (HOME / ".dockerignore").read_text("utf-8")
PROJECT = tomllib.loads((HOME / "pyproject.toml").read_text("utf-8"))
LAST = max(step.stage for step in STEPS)


def only(word: str) -> Step:
    (found,) = (step for step in STEPS if step.word == word and step.stage == LAST)
    return found


def sources() -> list[str]:
    """Return what is copied from the checkout."""
    copied = [step for step in STEPS if step.word == "COPY" and "--from=" not in step.rest]
    return [name for step in copied for name in step.words[:-1]]


def test_both_stages_use_the_same_pinned_slim_base() -> None:
    bases = {step.words[0] for step in STEPS if step.word == "FROM"}
    assert (LAST, len(bases)) == (1, 1)
    assert re.fullmatch(r"python:3\.\d+(\.\d+)?-slim-[a-z]+", bases.pop())


@pytest.mark.parametrize("name", sources())
def test_copied_files_exist_and_are_included(name: str) -> None:
    path = HOME / name
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    assert files
    for file in files:
        inside = file.relative_to(HOME).as_posix()
        assert is_included(inside, IGNORED) is ("__pycache__" not in inside), inside


PRIVATE = (".git/config", "syncer.db", "contrib/compose/secrets/api_key", "config.toml")


@pytest.mark.parametrize("name", [*PRIVATE, "docs/sql.md", "tests/fakes.py"])
def test_private_files_are_excluded(name: str) -> None:
    assert not is_included(name, IGNORED)


def test_all_files_of_the_wheel_are_copied() -> None:
    wheel = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]
    wanted = {"pyproject.toml", PROJECT["project"]["readme"], *PROJECT["project"]["license-files"]}
    wanted |= {*wheel["packages"], *wheel["force-include"], *wheel["shared-data"]}
    assert wanted <= set(sources())


def test_the_picked_packages_include_their_dependencies() -> None:
    # With hashes pip installs nothing that is not listed, so the list must be complete.
    picked = [
        set(names.split()) for names in re.findall(r"pick ([\w -]+) >", " ".join(s.rest for s in STEPS))
    ]
    plain = set(re.findall(r"^([a-z0-9-]+)==", (HOME / "requirements.lock").read_text(), re.M))
    locked = set(re.findall(r"^([a-z0-9-]+)==", (HOME / "requirements-dev.lock").read_text(), re.M))
    extras = PROJECT["project"]["optional-dependencies"]
    assert needed([*extras["postgres"], *extras["notify"], *extras["cluster"]]) - plain == picked[0]
    assert needed(PROJECT["build-system"]["requires"]) == picked[1]
    assert picked[0] | picked[1] <= locked


def needed(requirements: list[str]) -> set[str]:
    """Return the names of these packages and of all their dependencies on this platform."""
    found: set[tuple[str, frozenset[str]]] = set()
    todo = [Requirement(line) for line in requirements]
    while todo:
        one = todo.pop()
        name = re.sub(r"[-_.]+", "-", one.name).lower()
        if (key := (name, frozenset(one.extras))) not in found:
            found.add(key)
            inner = map(Requirement, importlib.metadata.requires(one.name) or ())
            extras = [*one.extras, ""]
            todo += [r for r in inner if not r.marker or any(r.marker.evaluate({"extra": e}) for e in extras)]
    return {name for name, _ in found}


def test_it_runs_as_an_unknown_user_and_root_does_nothing_after() -> None:
    user = only("USER")
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", user.rest)
    after = STEPS[STEPS.index(user) + 1 :]
    assert not [step for step in after if step.word in ("USER", "RUN", "COPY", "ADD")]
    assert only("VOLUME").rest in only("RUN").rest  # created for that user
    assert user.rest.partition(":")[0] in only("RUN").words


def test_the_last_stage_builds_nothing_and_contains_no_secret() -> None:
    last = [step for step in STEPS if step.stage == LAST]
    assert not [s for s in last if s.word == "RUN" and re.search(r"\b(pip|apt|apt-get|gcc|curl)\b", s.rest)]
    assert "compileall" in " ".join(step.rest for step in STEPS if step.stage == 0)
    named = " ".join(step.rest for step in STEPS if step.word in ("ENV", "ARG"))
    assert not re.search("KEY|PASSWORD|TOKEN|SYNCER_", named)
    assert "org.opencontainers.image.licenses" in only("LABEL").rest


def test_the_entry_point_and_command_exist() -> None:
    assert json.loads(only("ENTRYPOINT").rest) == list(PROJECT["project"]["scripts"])
    assert json.loads(only("CMD").rest)[0] in COMMANDS


def test_the_health_check_runs(site: Site) -> None:
    script, *arguments = json.loads(only("HEALTHCHECK").rest.partition("CMD ")[2])
    assert script in PROJECT["project"]["scripts"]
    assert run_cli(site, *arguments).code != 0  # there is no history yet
    assert run_cli(site, "sync").code == 0
    assert run_cli(site, *arguments).code == 0


@pytest.mark.parametrize(
    ("path", "included"),
    [("a", True), ("b", False), ("b/c", False), ("d/e", True), ("d/f", False), ("x/__pycache__/y", False)],
)
def test_dockerignore_patterns(path: str, included: bool) -> None:
    assert is_included(path, "*\n!a\n!d\nd/*\n!d/e\n!x\n**/__pycache__\n") is included
