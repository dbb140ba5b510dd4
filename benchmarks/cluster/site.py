"""The simulated site of the cluster: what it answered, and how often each key asked, for the checks."""

import time
from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from threading import Lock

from syncer.core.clock import SystemClock
from syncer.core.model.progress import GameId
from syncer.demo import handlers
from syncer.demo.http_server import Answer, Wire
from syncer.demo.request import ApiRequest
from syncer.demo.request_log import ReceivedRequest, describe
from syncer.demo.response import ApiReply
from syncer.demo.server import DemoServer
from syncer.demo.world import World
from tests.faulty_site.server import apply_fault

from .options import Options, key_of

POINTS = (5, 5, 10, 10, 25, 25, 50, 50)
STARTED_GAMES = 10  # of each player, with an unlock each
FAULT_NAMES = (
    "500",
    "503",
    "429",
    "429_after_2",
    "hang",
    "late:2",
    "closed",
    "reset",
    "short_body",
    "html_200",
)
MINUTE = 60.0
Numbers = tuple[int, ...]
Target = tuple[str, GameId]  # name of the player, game


@dataclass
class Play:
    """Unlocks at random moments, made when they are due.

    `truth`: the numbers of each game that changed, and since when; the first ones since ever.
    """

    world: World
    events: deque[tuple[datetime, str, GameId]]
    truth: dict[Target, list[tuple[datetime, Numbers]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # The world finds a name by comparing it with all of them.
        self._accounts = {account.name: account for account in self.world.accounts.by_ulid.values()}

    def numbers(self, target: Target) -> Numbers:
        """Return the present numbers of a game of a player."""
        name, game = target
        return self.world.progress(self._accounts[name], game).as_tuple()

    def advance(self, to: datetime) -> None:
        with self.world.lock:
            while self.events and self.events[0][0] <= to:
                self._unlock(*self.events.popleft())

    def _unlock(self, at: datetime, name: str, game: GameId) -> None:
        account = self.world.accounts.require(name)
        states = self.truth.setdefault(
            (name, game),
            [(datetime.min.replace(tzinfo=at.tzinfo), self.world.progress(account, game).as_tuple())],
        )
        self.world.earn(name, game, 1, at, hardcore=at.second % 2 == 0)
        states.append((at, self.world.progress(account, game).as_tuple()))


def build_world(options: Options) -> World:
    """Return a world in which each player has unlocked something in a few of the games."""
    world, rng = World(), Random(options.seed)
    began = SystemClock().now() - timedelta(days=3)
    for game in range(1, options.games + 1):
        world.add_game(f"Game {game}", POINTS, game_id=game)
    for name in options.names:
        world.add_account(name, key_of(name))
        for game in rng.sample(range(1, options.games + 1), min(STARTED_GAMES, options.games)):
            world.earn(name, game, 1, began + timedelta(seconds=rng.randrange(80_000)))
    return world


def plan_play(options: Options, world: World, start: datetime) -> Play:
    """Return the unlocks of all players between the start and the calm end."""
    rng, length = Random(options.seed + 1), options.seconds - options.calm
    count = round(options.players * options.changes * length / 3600)
    moments = sorted(start + timedelta(seconds=round(rng.uniform(0, length))) for _ in range(count))
    games = range(1, options.games + 1)
    return Play(world, deque((at, rng.choice(options.names), rng.choice(games)) for at in moments))


class ClusterSite(DemoServer):
    """Answers after `latency` seconds, and fails in a share of the requests.

    `arrivals`: when each key asked, in monotonic seconds. `states`: the numbers of changing games that were
    answered, and when first. `overlaps`: requests of one key at once from two machines, by their addresses.
    """

    def __init__(self, options: Options, world: World, play: Play) -> None:
        super().__init__(world, SystemClock(), play)
        self.arrivals: dict[str, list[float]] = defaultdict(list)
        self.states: dict[tuple[str, GameId], dict[Numbers, datetime]] = defaultdict(dict)
        self.overlaps: list[tuple[str, str, str]] = []
        self.faults, self.addresses = Counter[str](), Counter[str]()
        self.dead: set[str] = set()  # addresses of processes that were killed
        self.fails = True
        self._options, self._play, self._rng = options, play, Random(options.seed + 2)
        self._active: dict[str, list[str]] = defaultdict(list)
        self._changing = {(name, game) for _, name, game in play.events}
        self._names = {account.ulid: account.name for account in world.accounts.by_ulid.values()}
        self._own_lock = Lock()

    def receive(self, request: ApiRequest, method: str, line_bytes: int) -> ReceivedRequest:
        """Count the request, and keep nothing else: thousands would fill the memory."""
        key_ok = handlers.has_valid_key(self.world, request)
        received = describe(request, method, line_bytes, self.clock, number=0, key_ok=key_ok)
        with self._own_lock:
            self.arrivals[request.key].append(received.at)
        return received

    def respond(self, received: ReceivedRequest, request: ApiRequest, wire: Wire) -> Answer | None:
        fault = self._draw_fault()
        with self._in_flight(request.key, wire.connection.getpeername()[0]):
            time.sleep(self._options.latency)
            now, reply = self.answer(request)
        if fault is None:
            return now, reply
        return apply_fault(self, fault, received, request, wire, (now, reply))

    def record(self, received: ReceivedRequest, status: int, now: datetime, reply: ApiReply) -> None:
        """Remember when each state of a changing game was answered first."""
        with self._own_lock:
            for (ulid, game), progress in reply.progress.items():
                if (target := (self._names[ulid], game)) in self._changing:
                    self.states[target].setdefault(progress.as_tuple(), now)

    def _draw_fault(self) -> str | None:
        with self._own_lock:
            if not self.fails or self._rng.random() >= self._options.faults:
                return None
            fault = self._rng.choice(FAULT_NAMES)
            self.faults[fault] += 1
            return fault

    @contextmanager
    def _in_flight(self, key: str, address: str) -> Iterator[None]:
        with self._own_lock:
            self.addresses[address] += 1
            others = [one for one in self._active[key] if one != address and one not in self.dead]
            self.overlaps += [(key, address, other) for other in others]
            self._active[key].append(address)
        try:
            yield
        finally:
            with self._own_lock:
                self._active[key].remove(address)


def most_in_a_minute(moments: Sequence[float]) -> int:
    """Return how many requests came within any sliding minute, at most."""
    window, most = deque[float](), 0
    for moment in sorted(moments):
        window.append(moment)
        while window[0] <= moment - MINUTE:
            window.popleft()
        most = max(most, len(window))
    return most
