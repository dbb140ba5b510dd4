"""docs/duckdb-pandas.md: each of its commands is run, and its answers are those of SQL."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from syncer.cli.support.extras import INSTALL
from syncer.store.db.engine import Database
from tests.edges.sql_facts import write
from tests.edges.sql_parameters import FACTS

from .simulated_site import Site, run_cli

HOME = Path(__file__).parents[2]
DOC = (HOME / "docs" / "duckdb-pandas.md").read_text("utf-8")
COMMANDS = re.findall(r"^\$ (.+)$", DOC, re.M)
CODE = "\n".join(re.findall(r"```python\n(.*?)```", DOC, re.S))
ANSWERS = """
import json
frames = {"months": months.df(), "mastered": mastered.df()}
frames |= {"per_day": per_day.reset_index(), "unlocks": unlocks}
text = lambda frame: [frame.dtypes.astype(str).to_dict(), frame.astype(str).values.tolist()]
print("ANSWERS", json.dumps({name: text(frame) for name, frame in frames.items()}))
"""
MONTHS = """
    SELECT username, strftime('%Y-%m', unlocked_at), CAST(count(*) AS TEXT), CAST(total(points) AS TEXT)
    FROM first_unlocks u JOIN players p ON p.id = u.player_id
    WHERE game_id NOT IN (SELECT id FROM games WHERE is_event) GROUP BY 1, 2 ORDER BY 1, 2"""


@pytest.fixture
def filled(site: Site) -> Database:
    site.prepare_database()
    database = Database(site.url)
    write(database, FACTS)
    return database


def test_every_command_and_all_code_of_the_page_work(
    site: Site, filled: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(site.folder)
    for command in COMMANDS:
        program, *words = command.split()
        if program == "syncer":
            result = run_cli(site, *words)
            assert (result.code, result.out, "Wrote" in result.err) == (0, "", True), result.err
        else:
            assert command == INSTALL.partition(" (")[0].format("parquet")
    answers = run_code(site.folder)
    with filled.reading() as tx:
        assert answers["months"][1] == [list(row) for row in tx.execute(sa.text(MONTHS))]
        points = tx.scalar(sa.text("SELECT sum(points) FROM first_unlocks"))
        gained = tx.scalar(
            sa.text("SELECT sum(score_achieved_delta) FROM progress_changes WHERE kind = 'unlock'")
        )
    assert answers["mastered"][1]
    assert sum(int(row[-1]) for row in answers["per_day"][1]) == gained
    types, rows = answers["unlocks"]
    assert sum(int(row[list(types).index("points")]) for row in rows) == points
    assert (types["unlocked_at"].endswith("UTC]"), types["hardcore"]) == (True, "bool")
    filled.close()


def run_code(folder: Path) -> Any:
    """Run the Python of the page, in its order, and return the rows of its results."""
    script = folder / "page.py"
    script.write_text(CODE + ANSWERS)
    env = {"PATH": "", "TZ": "UTC", "HOME": str(folder)}
    done = subprocess.run(
        [sys.executable, str(script)], cwd=folder, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.partition("ANSWERS ")[2])


def test_the_extra_that_the_page_installs_is_pyarrow() -> None:
    extras = tomllib.loads((HOME / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    assert [re.split("[<>=]", line)[0] for line in extras["parquet"]] == ["pyarrow"]
    assert set(extras["parquet"]) <= set(extras["dev"])


def test_the_page_holds_only_what_is_run() -> None:
    assert set(re.findall(r"```(\w+)", DOC)) == {"console", "python"}
