"""How the player plays: sessions with pings, unlocks, idle play."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from random import Random

from syncer.core.model.progress import GameId

from .catalogue import Setting
from .jobs import Jobs
from .record import UNLOCK, Session
from .scenario import DAY, HOUR, SECOND, START, Scenario

PING = timedelta(minutes=2)
IDLE = 0.3  # the share of sessions that unlock nothing
BETWEEN_UNLOCKS = 9.0  # minutes


@dataclass
class Play:
    setting: Setting
    jobs: Jobs
    scenario: Scenario
    current: list[GameId] = field(default_factory=list)  # what the player plays these days

    def plan(self, day: int) -> None:
        """Put the sessions of one day into the calendar."""
        if not self.scenario.play_minutes:
            return
        rng = Random(f"{self.scenario.seed} play {day}")
        minutes = max(20.0, rng.gauss(self.scenario.play_minutes, 30))
        shares = [rng.random() + 0.3 for _ in range(rng.randint(1, 4))]
        begin = START + day * DAY + 15 * HOUR + rng.randrange(7200) * SECOND
        for number, share in enumerate(shares):
            length = max(120, int(60 * minutes * share / sum(shares))) * SECOND
            session_rng = Random(f"{self.scenario.seed} session {day} {number}")
            self.jobs.at(begin, partial(self._begin, length=length, rng=session_rng))
            begin += length + rng.randrange(600, 5400) * SECOND

    def _begin(self, now: datetime, length: timedelta, rng: Random) -> None:
        game_id = self._choose(rng)
        session = Session(game_id, now, now)
        self.setting.world.record.sessions.append(session)
        self.jobs.first_play(game_id, now)
        self._ping(session, now, now + length)
        if rng.random() < IDLE:
            return
        at = now
        while (at := at + int(60 * rng.expovariate(1 / BETWEEN_UNLOCKS) + 20) * SECOND) < now + length:
            self.jobs.at(at, lambda moment: self._unlock(session, moment, rng))

    def _ping(self, session: Session, now: datetime, end: datetime) -> None:
        self._move(session, session.game_id, now)
        if now + PING <= end:
            self.jobs.at(now + PING, lambda at: self._ping(session, at, end))

    def _move(self, session: Session, game_id: GameId, now: datetime) -> None:
        """Set when a game was played last; the time counts for the game that was begun."""
        world, moved = self.setting.world, max(session.last, now)
        seconds = int((moved - session.last).total_seconds())
        world.playtime[session.game_id] = world.playtime.get(session.game_id, 0) + seconds
        session.last = moved
        world.set_played(game_id, max(now, world.played_at.get(game_id) or now))

    def _unlock(self, session: Session, now: datetime, rng: Random) -> None:
        world, game_id = self.setting.world, session.game_id
        if rng.random() < 0.2:
            game_id = self.setting.subsets.get(game_id, game_id)
        locked = world.unlock_table.locked(world.player, game_id)
        softcore = world.unlock_table.softcore_only(world.player, game_id)
        if softcore and (not locked or rng.random() < 0.2):
            locked, hardcore = softcore, True
        else:
            hardcore = rng.random() < 0.6
        if locked:
            self.jobs.unlock(game_id, rng.choice(locked), now, UNLOCK, hardcore=hardcore, claimed=now)
            self._move(session, game_id, now)

    def _choose(self, rng: Random) -> GameId:
        """Return a game of these days, another that was played once, or a new one."""
        draw, setting = rng.random(), self.setting
        if self.current and draw < 0.55:
            return rng.choice(self.current)
        if draw < 0.85 or not setting.unplayed:
            chosen = rng.choice(setting.played)
        else:
            chosen = setting.unplayed.pop(rng.randrange(len(setting.unplayed)))
            setting.played.append(chosen)
        self.current = [*self.current[-3:], chosen]
        return chosen
