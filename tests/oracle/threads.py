"""What happens in the games of a season: each function writes the life of one or a few games.

`Plan` holds the days: of the first half, of the account's reset, and of the second half.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import product

from syncer.demo.models import PROGRESSION, WIN_CONDITION

from . import lies
from .stage import Stage

SMALL_SET = [5, 10, 10, 25, 5, 10, 10, 25]
LARGE_SET = [10] * 20
A_YEAR = -365.0
SHORTLY = 2 / 24 / 60  # of a day: an unlock and its repetition in hardcore that no poll separates
MODES = ("softcore", "hardcore", "upgraded", "upgraded_later")


@dataclass(frozen=True)
class Plan:
    """The days of a season, each half with room for a few changes. `step`: no less between two changes."""

    first: tuple[float, float]
    account_reset: float
    second: tuple[float, float]
    step: float
    brief_lies: float  # the day of the lies about single games
    short_lie: float
    numbers_lie: float
    long_lie: float


def earn_as(stage: Stage, day: float, game: int, mode: str, step: float, days_old: float = 0.0) -> None:
    """Unlock two achievements in a mode."""
    stage.earn(day, game, 2, hardcore=mode == "hardcore", days_old=days_old)
    if mode == "upgraded":
        stage.upgrade(day + SHORTLY, game, 1)
    if mode == "upgraded_later":
        stage.upgrade(day + 2 * step, game, 1)


def quiet(stage: Stage, plan: Plan) -> None:
    """Unlocks that are seen as they come, and nothing else."""
    for number, mode in enumerate(("softcore", "hardcore", "upgraded_later")):
        game = stage.game(SMALL_SET)
        stage.past(A_YEAR - number, game, 2, hardcore=number == 1)
        earn_as(stage, plan.first[0] + 0.4 * number, game, mode, plan.step)
        stage.earn(plan.second[0] + 0.4 * number, game, 2 + 2 * number, hardcore=number > 0)


def crossing(stage: Stage, plan: Plan, *, followed: bool) -> None:
    """Reset of a game or only of the account x mode x backdated: a game for each."""
    cases = list(product(MODES, (False, True), (True, False)))
    stage.rng.shuffle(cases)
    begin, end = plan.first
    for number, (mode, backdated, resets) in enumerate(cases):
        game = stage.game(SMALL_SET, followed=followed)
        stage.past(A_YEAR - number, game, 2, hardcore=number % 2 == 0)
        day = begin + (end - begin) * (0.1 + 0.3 * number / len(cases))
        days_old = stage.rng.uniform(2.0, 13.5) if backdated else 0.0
        earn_as(stage, day, game, mode, plan.step, days_old)
        if resets:
            stage.reset(end - (end - begin) * 0.35 * number / len(cases), game)
        again = plan.second[0] + (plan.second[1] - plan.second[0]) * 0.7 * number / len(cases)
        earn_as(stage, again, game, stage.rng.choice(MODES), plan.step)
        stage.earn(again + 4 * plan.step, game, 1, hardcore=number % 3 > 0)


def brief_lies(stage: Stage, plan: Plan) -> None:
    """A game reads 0 of 20 for one poll, or six zeros; its unlocks are a year old."""
    day = plan.brief_lies
    hidden, read, empty = (stage.game(LARGE_SET) for _ in range(3))
    for n, game in enumerate((hidden, read, empty)):
        stage.past(A_YEAR, game, 12, hardcore=True)
        stage.past(A_YEAR + n, game, 8)
    stage.lie(day, "0 of 20", lies.zero_of(hidden), 0.5)
    stage.lie(day + plan.step, "0 of 20 everywhere", lies.no_unlocks_of(read), 0.5)
    stage.lie(day + 2 * plan.step, "six zeros", lies.empty_set_of(empty), 0.05)


def unsettled_unlocks(stage: Stage, plan: Plan) -> None:
    """Three unlocks whose counts move before their scores."""
    begin, end = plan.first
    for n, moves in enumerate(((1, 0), (0, 1), (-1, 1))):
        game = stage.game(SMALL_SET)
        stage.past(A_YEAR, game, 3)
        stage.on(begin + (end - begin) * (0.3 + 0.2 * n), partial(unsettled, stage, game, *moves))


def unsettled(stage: Stage, game: int, all_moved: int, hardcore_moved: int, at: datetime) -> None:
    """Unlock one, or a softcore one again in hardcore; the counts move by so many while it is written."""
    before, table = stage.numbers(game), stage.world.unlock_table
    again = all_moved < 0
    chosen = (table.softcore_only if again else table.locked)(stage.name, game)[0]
    stage.world.unlock(stage.name, game, chosen, at, hardcore=hardcore_moved > 0)
    about = lies.unsettled(game, before, all_moved, hardcore_moved)
    stage.site.lies.append(lies.Lie("unsettled", stage.name, at, about, lasts=lies.WRITTEN_WITHIN))


def demotion(stage: Stage, plan: Plan) -> None:
    """An achievement that the player has is demoted, and promoted again later."""
    game = stage.game(SMALL_SET)
    stage.past(A_YEAR, game, 4, hardcore=True)
    achievement, catalogue = stage.achievement(game, 1), stage.world.catalogue
    stage.on(plan.first[0] + 2 * plan.step, lambda at: catalogue.demote(game, achievement))
    stage.on(plan.first[0] + 5 * plan.step, lambda at: catalogue.promote(game, achievement))


def awards(stage: Stage, plan: Plan, *, followed: bool) -> None:
    """A mastery given, re-dated and reset; a completion that becomes a mastery; a beaten game revoked."""
    begin, step = plan.first[0], plan.step
    mastered = stage.game(SMALL_SET, followed=followed)
    stage.past(A_YEAR, mastered, 7, hardcore=True)
    stage.earn(begin + step, mastered, 1, hardcore=True)
    stage.revoke(begin + 4 * step, mastered, 0)
    stage.earn(begin + 7 * step, mastered, 1, hardcore=True)
    completed = stage.game(SMALL_SET, followed=followed)
    stage.past(A_YEAR, completed, 7)
    stage.earn(begin + 2 * step, completed, 1)
    stage.upgrade(begin + 6 * step, completed, 8)
    beaten = stage.game(SMALL_SET, followed=followed)
    stage.past(A_YEAR, beaten, 2)
    catalogue = stage.world.catalogue
    catalogue.set_type(beaten, stage.achievement(beaten, 2), WIN_CONDITION)
    stage.earn(begin + 3 * step, beaten, 1)
    catalogue_step = stage.achievement(beaten, 6)
    stage.on(begin + 7 * step, lambda at: catalogue.set_type(beaten, catalogue_step, PROGRESSION))


def revision(stage: Stage, plan: Plan) -> None:
    """A finished set grows, and is finished again; the points of one achievement change."""
    game = stage.game(SMALL_SET)
    stage.past(A_YEAR, game, 8, hardcore=True)
    catalogue, day = stage.world.catalogue, plan.first[0] + 2 * plan.step
    stage.on(day, lambda at: catalogue.add_achievements(game, [10, 10]))
    stage.earn(day + 2 * plan.step, game, 2, hardcore=True)
    weighed = stage.achievement(game, 3)
    stage.on(day + 5 * plan.step, lambda at: catalogue.set_points(game, weighed, 50))


def events(stage: Stage, plan: Plan, *, followed: bool) -> None:
    """Unlocks of an event, which count in no sum, though its id may be in the configuration."""
    game = stage.game(SMALL_SET, followed=followed, console="Events")
    stage.past(A_YEAR - 40, game, 1)
    for n in range(3):
        stage.earn(plan.second[1] - n * plan.step / 2, game, 1, hardcore=n == 1)


def small_set(stage: Stage, plan: Plan) -> None:
    """A set of five achievements, which the listing of played games leaves out."""
    game = stage.game([5, 10, 10, 25, 50], followed=stage.rng.random() < 0.5)
    stage.past(A_YEAR - 7, game, 1)
    stage.earn(plan.first[0] + 3 * plan.step, game, 1, hardcore=True)
    stage.earn(plan.second[0] + 2 * plan.step, game, 2)


def streak(stage: Stage, plan: Plan) -> None:
    """Something on most days, without which no streak would be long."""
    game = stage.game([5] * 120)
    day = plan.first[0]
    while day < plan.second[1]:
        if stage.rng.random() < 0.8:
            stage.earn(int(day) + stage.rng.uniform(0.0, 0.45), game, 1, hardcore=stage.rng.random() < 0.5)
        day += 1


INCIDENTS = ("short_lie", "numbers_lie", "account_reset", "long_lie")


def account_incidents(stage: Stage, plan: Plan, chosen: Collection[str]) -> None:
    """Zeros of the whole account for five hours, of the numbers alone for a day, and for ten hours."""
    if "short_lie" in chosen:
        stage.lie(plan.short_lie, "account, 5 h", lies.nothing_at_all, 5)
    if "numbers_lie" in chosen:
        stage.lie(plan.numbers_lie, "numbers, 20 h", lies.all_numbers_zero, 20)
    if "long_lie" in chosen:
        stage.lie(plan.long_lie, "account, 10 h", lies.nothing_at_all, 10)
    if "account_reset" in chosen:
        stage.reset_account(plan.account_reset)
