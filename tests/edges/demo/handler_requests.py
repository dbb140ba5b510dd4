"""A world for the tests of the handlers, and requests that return JSON."""

from datetime import datetime, timedelta
from typing import Any

from syncer.demo.server import DemoServer
from syncer.demo.world import World

from .demo_requests import KEY, request

SIX, FIVE = [1, 2, 3, 4, 5, 10], [1, 2, 3, 4, 5]
SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)


def handler_world() -> World:
    world = World()
    world.add_game("Lantern Keeper", SIX, game_id=1)
    world.add_game("~Hack~ Moth", SIX, game_id=2)
    world.add_game("Ñandú/Duel", FIVE, game_id=3)
    world.add_account("Max", KEY)
    return world


def fetch_json(server: DemoServer, name: str, query: str = "u=Max") -> Any:
    answer = request(server, f"y={KEY}&{query}", name)
    assert answer.status_code == 200
    return answer.json()


def listed_ids(server: DemoServer, query: str = "u=Max") -> list[int]:
    return [row["GameID"] for row in fetch_json(server, "GetUserCompletionProgress", query)["Results"]]


def unlocks_between(server: DemoServer, start: datetime, end: datetime) -> list[dict[str, Any]]:
    window = f"u=Max&f={int(start.timestamp())}&t={int(end.timestamp())}"
    rows: list[dict[str, Any]] = fetch_json(server, "GetAchievementsEarnedBetween", window)
    return rows
