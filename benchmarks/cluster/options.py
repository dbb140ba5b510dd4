"""What one experiment is, and the configuration of the program in it."""

from dataclasses import dataclass
from pathlib import Path

SCHEMA = "syncer_queue"
HEAD = """
[database]
url = "{url}"
[api]
base_url = "{base_url}"
requests_per_minute = {requests_per_minute}
burst = {burst}
timeout = "5s"
[schedule]
every = "{every:g}s"
idle_every = "{every:g}s"
play_every = "off"
jitter = "0s"
gap_after = "{gap_after:g}s"
timezone = "UTC"
"""
CLUSTER = """
[cluster]
enabled = true
queue_schema = "{schema}"
dead_after = "{dead_after:g}s"
"""
NOTIFY = """
[notify]
urls = ["{service}"]
"""
PLAYER = """
[[players]]
username = "{name}"
api_username = "{name}"
api_key = "{key}"
games = {games}
unlocks = {unlocks}
rank = false
sessions = false
"""


@dataclass(frozen=True, kw_only=True)
class Options:
    """Times are in seconds. Without workers a daemon alone polls all players.

    `calm`: at the end, without changes and disturbances; a disturbed experiment ends as soon as each player
    was polled in it. `changes`: of a player in an hour. `clock_spread`: between the clocks of the first and
    the last worker. `restarts`, `cuts`: of PostgreSQL and of all connections to it.
    """

    players: int = 1000
    games: int = 500
    workers: int = 4
    concurrency: int = 10
    seconds: float = 3600.0
    calm: float = 120.0
    every: float = 900.0
    gap_after: float = 300.0
    changes: float = 4.0
    faults: float = 0.05
    latency: float = 0.1
    requests_per_minute: int = 30
    burst: int = 3
    dead_after: float = 300.0
    kills: int = 0
    restarts: int = 0
    cuts: int = 0
    clock_spread: float = 0.0
    unlocks: bool = False
    messages: bool = False
    seed: int = 1

    @property
    def is_disturbed(self) -> bool:
        return bool(self.kills or self.restarts or self.cuts)

    @property
    def names(self) -> list[str]:
        return [f"Player{number}" for number in range(self.players)]

    def write_configuration(self, folder: Path, url: str, base_url: str, service: str) -> Path:
        """Write the document, readable for its owner only, as it holds keys."""
        numbers = {
            name: getattr(self, name) for name in ("every", "gap_after", "requests_per_minute", "burst")
        }
        text = HEAD.format(url=url, base_url=base_url, **numbers)
        if self.workers:
            text += CLUSTER.format(schema=SCHEMA, dead_after=self.dead_after)
        if self.messages:
            text += NOTIFY.format(service=service)
        path = folder / "config.toml"
        path.touch(mode=0o600)
        path.write_text(text + "".join(self._player(name) for name in self.names))
        return path

    def _player(self, name: str) -> str:
        games = list(range(1, self.games + 1))
        return PLAYER.format(name=name, key=key_of(name), games=games, unlocks=str(self.unlocks).lower())


def key_of(name: str) -> str:
    return f"bench{name.lower():0>27}"
