"""Run the product through a simulated month."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from random import Random

from syncer.core.model.progress import GameId
from syncer.core.model.run import RunReport
from tests.fakes import FakeClock

from .catalogue import build
from .delays import Absence
from .jobs import Jobs
from .life import Life, reset_account
from .play import Play
from .product import config_of, recording
from .record import Record
from .scenario import START, Scenario, moment
from .site import MonthSite, Sent
from .stored import Stored, read_stored


@dataclass
class Outcome:
    """What happened, what was sent, and what is stored."""

    scenario: Scenario
    record: Record
    log: list[Sent]
    stored: Stored
    reports: list[RunReport]
    early: list[datetime]  # runs before the moment that was named for the next one
    events: frozenset[GameId]  # games that are in no sum
    fruitless: list[Absence]  # searches that found nothing


def site_of(scenario: Scenario) -> MonthSite:
    """Return the site at the start, with all that will happen."""
    site = MonthSite(FakeClock(START))
    setting = build(scenario)
    site.world = setting.world
    jobs = Jobs(site.world, site.at, Random(f"{scenario.seed} jobs"))
    play, life = Play(setting, jobs, scenario), Life(setting, jobs, scenario)
    for day in range(int(scenario.days) + 1):
        play.plan(day)
        life.plan(day)
    if scenario.account_reset is not None:
        site.at(moment(scenario.account_reset), lambda now: reset_account(life, now))
    site.faults.share, site.faults.rng = scenario.failing, Random(f"{scenario.seed} faults")
    site.faults.outages = [(moment(begin), moment(end)) for begin, end in scenario.outages]
    return site


def simulate(scenario: Scenario, folder: Path, *, polls_all: bool = False) -> Outcome:
    """Let the product record the month. `polls_all`: everything each time, as before there was a policy."""
    site = site_of(scenario)
    config = config_of(f"sqlite:///{folder / 'syncer.db'}", polls_all=polls_all)
    with recording(site, config) as product:
        for begin, end in scenario.pauses:
            product.until(moment(begin))
            product.pause(moment(end))
        product.until(moment(scenario.days))
        site.advance(site.clock.now())
        stored = read_stored(product.app.database)
    return Outcome(
        *(scenario, site.world.record, site.log, stored, product.reports, product.early),
        frozenset(site.world.events()),
        product.fruitless,
    )
