"""The examples of docs/time-travel.md print what the page says."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, timedelta
from pathlib import Path

import pytest
import requests

from syncer.web.api import time_travel
from syncer.web.app.context import Context
from tests.edges.harness import SyncHarness
from tests.request_log_server import served
from tests.waiting import PATIENCE

from .javascript import FOLDER

PAGE = (Path(__file__).parents[2] / "docs" / "time-travel.md").read_text("utf-8")
DAY = timedelta(days=1)
PROXIES = {name for name in os.environ if name.lower().endswith("_proxy")}


def examples(language: str) -> list[str]:
    found = re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.M | re.S)
    assert found
    return found


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve a recording with two achievements on the second of May and two more a week later."""
    home = SyncHarness(f"sqlite:///{tmp_path_factory.mktemp('page') / 'syncer.db'}", every=DAY / 4)
    for days in (8, 4):
        home.live(DAY, DAY / 4)
        home.world.earn("Tester", 1, 2, home.clock.now(), hardcore=True)
        home.live(days * DAY, DAY / 4)
    with served(Context(home.queries, home.clock.now, UTC, DAY / 24), time_travel.routes) as found:
        yield found
    home.close()


def localized(example: str, origin: str) -> str:
    """Return the example with the address and the player of this test."""
    return example.replace("http://127.0.0.1:8765", origin).replace("MaxMilyin", "Tester")


def printed(command: list[str], example: str) -> str:
    env = {name: value for name, value in os.environ.items() if name not in PROXIES}
    done = subprocess.run(
        command,
        input=example,
        cwd=FOLDER,
        env=env,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def expected_output(example: str) -> str:
    """Return what the comment after the last line says it prints."""
    return re.split(r"  ?(?://|#) ", example.strip())[-1]


def test_request_has_the_documented_answer(origin: str) -> None:
    (example,) = examples("console")
    address = re.findall(r"'(.+)'", example)[0]
    _, _, shown = example.partition("\n")
    head, _, body = shown.partition("\n\n")
    status, *headers = head.splitlines()
    with requests.Session() as session:
        session.trust_env = False
        answer = session.get(localized(address, origin), timeout=PATIENCE)
    assert (f"HTTP/1.1 {answer.status_code} {answer.reason}", answer.text) == (status, body.strip())
    documented = dict(line.split(": ", 1) for line in headers)
    assert {name: answer.headers.get(name) for name in documented} == documented


@pytest.mark.parametrize("example", examples("python"))
def test_python_examples_print_what_they_say(origin: str, example: str) -> None:
    assert printed([sys.executable, "-"], localized(example, origin)) == expected_output(example)


def test_javascript_example_prints_what_it_says(node: str, origin: str) -> None:
    (example,) = examples("js")
    assert printed([node, "--input-type=module"], localized(example, origin)) == expected_output(example)


def test_every_header_is_documented() -> None:
    sources = " ".join(file.read_text("utf-8") for file in Path(time_travel.__file__).parent.rglob("*.py"))
    assert sorted(set(re.findall(r"Syncer-[A-Za-z-]+", sources))) == sorted(
        re.findall(r"^\| `(Syncer-[A-Za-z-]+)` \|", PAGE, re.M)
    )
