"""The official JavaScript client reads at past moments what the simulated site answered then."""

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from syncer.api import ApiSource, Client, Transport
from syncer.api.serializers import camel_progress
from syncer.core.formats.timestamps import format_utc
from syncer.core.model.progress import GameId, Progress
from syncer.demo.request_log import ReceivedRequest
from syncer.demo.server import Served
from syncer.web.api import time_travel
from syncer.web.app.context import Context
from tests.edges.harness import GAMES, START, SyncHarness
from tests.faulty_site import FaultyServer
from tests.migrated import MigratedDatabases
from tests.request_log_server import served
from tests.waiting import PATIENCE

from .javascript import FOLDER

KEY = "canary0canary0canary0canary0canr"
HOUR = timedelta(hours=1)
OUTAGE = range(20, 28)  # hours after the start in which the site does not answer
ZEROS = (40.5, 40.6)  # it answers zeros, for less than the ten minutes after which they are accepted
MOMENTS = 100


class Past(SyncHarness):
    """A recording made over a real socket from the simulated site."""

    def __init__(self, url: str, stack: ExitStack) -> None:
        super().__init__(url, every=HOUR)
        self.unlocks = self.rank = True
        stack.callback(self.close)
        for game in GAMES:
            self.world.add_achievements(game, [5] * 40)
        self.server = stack.enter_context(FaultyServer(self.world, self.clock))
        self.server.choose_fault(self.fault)
        transport = Transport(self.server.base_url, self.account.key or "", clock=self.clock, timeout=5.0)
        stack.callback(transport.close)
        self.source = ApiSource(
            Client(transport, self.source.limiter, "Tester", clock=self.clock, rng=Random(1))
        )  # type: ignore[assignment]

    def fault(self, asked: ReceivedRequest) -> str | None:
        hours = (asked.moment - START) / HOUR
        if any(hour <= hours < hour + 1 for hour in OUTAGE):
            return "503"
        lie = "GetUserProgress" in asked.path and ZEROS[0] <= hours < ZEROS[1]
        return "zeros" if lie else None

    def play(self, rng: Random) -> None:
        """Earn an achievement; sometimes revise a set or reset a game."""
        game, roll = rng.choice(GAMES), rng.random()
        if roll < 0.1:
            self.world.add_achievements(game, [10, 25])
        elif roll < 0.15:
            self.world.reset_game("Tester", game)
        else:
            self.world.earn("Tester", game, 1, self.clock.now(), hardcore=roll < 0.5)

    def answers(self) -> dict[int, list[Served]]:
        """Return each game's answers of the site, with their times."""
        return {game: self.server.served[self.account.ulid, game] for game in GAMES}


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def past(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Past]:
    """Yield three days of play; only to be read."""
    url = f"sqlite:///{tmp_path_factory.mktemp('past') / 'syncer.db'}"
    with ExitStack() as stack:
        if request.param == "postgres":
            databases: MigratedDatabases = request.getfixturevalue("migrated_databases")
            url = databases.lease()
            stack.callback(databases.give_back, url)
        home = Past(url, stack)
        rng = Random(5)
        for _ in range(72):
            home.play(rng)
            home.live(HOUR, HOUR / 4)
        yield home


def moments(home: Past) -> list[datetime]:
    """Return random moments since the first poll, some at the millisecond of a poll or just before."""
    rng, polls = Random(11), [at for at, _ in home.answers()[GAMES[0]]]
    span = (home.clock.now() - polls[0]) / timedelta(milliseconds=1)
    anywhere = [polls[0] + timedelta(milliseconds=int(span * rng.random())) for _ in range(MOMENTS - 20)]
    at_polls = rng.sample(polls[1:], 10)
    return anywhere + at_polls + [at - timedelta(milliseconds=1) for at in at_polls]


def read_by_js(node: str, origin: str, when: list[datetime]) -> list[Any]:
    command = [node, "travel.mjs", origin, "Tester", *map(str, GAMES)]
    env = {"PATH": os.environ["PATH"], "WEB_API_KEY": KEY}
    given = json.dumps([format_utc(at) for at in when])
    done = subprocess.run(
        command,
        cwd=FOLDER,
        env=env,
        input=given,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stderr.replace(KEY, "[key]")
    found: list[Any] = json.loads(done.stdout)
    return found


def read_past(node: str, past: Past, when: list[datetime]) -> list[Any]:
    context = Context(past.queries, past.clock.now, UTC, timedelta(minutes=30))
    with served(context, time_travel.routes) as origin:
        return read_by_js(node, origin, when)


def points_of(progress: Mapping[GameId, Progress]) -> dict[str, int]:
    """Return the account's points as the site adds them up (site-api.md 5.2)."""
    hardcore = sum(one.score_achieved_hardcore for one in progress.values())
    everything = sum(one.score_achieved for one in progress.values())
    return {"points": hardcore, "softcorePoints": everything - hardcore}


def check_account(answer: Any, true: Mapping[GameId, Progress]) -> None:
    assert answer["points"] == points_of(true)
    profile = [answer["profile"][name] for name in ("totalPoints", "totalSoftcorePoints")]
    assert profile == list(answer["points"].values())
    for game in answer["recent"]:
        six = answer["progress"][str(game["gameId"])]
        assert {name: game[name] for name in six} == six


def test_a_client_reads_at_any_moment_what_the_site_answered_then(node: str, past: Past) -> None:
    answers, when = past.answers(), moments(past)
    found = read_past(node, past, when)
    assert len(found) == MOMENTS
    for at, answer in zip(when, found, strict=True):
        true = {game: [p for moment, p in given if moment <= at][-1] for game, given in answers.items()}
        assert answer["progress"] == camel_progress(true), at
        if "points" in answer:  # every fourth
            check_account(answer, true)
    assert {answer["coverage"] for answer in found} == {"known", "between", "gap"}
    assert len({json.dumps(answer["progress"]) for answer in found}) > 20


def test_a_client_reads_null_for_what_is_not_stored(node: str, past: Past) -> None:
    (before,) = read_past(node, past, [START - HOUR])
    (now,) = read_past(node, past, [past.clock.now()])
    assert before["points"] == {"points": None, "softcorePoints": None}
    assert before["recent"] == []
    unknown = ("memberSince", "motto", "id", "untracked", "userWallActive", "permissions", "lastGameId")
    assert [now["profile"][name] for name in unknown] == [None] * len(unknown)
    assert (now["profile"]["user"], now["profile"]["userPic"]) == ("Tester", "/UserPic/Tester.png")
    assert {game["gameId"] for game in now["recent"]} == set(GAMES)
    dates = [game["lastPlayed"] for game in now["recent"] if game["lastPlayed"]]
    assert dates == sorted(dates, reverse=True)
    assert (now["recent"][0]["title"][:5], now["recent"][0]["imageTitle"]) == ("Game ", None)
