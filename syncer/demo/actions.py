"""The actions of a scenario: each changes the world and returns what happened, or None for nothing."""

from collections.abc import Callable
from random import Random
from typing import TypeAlias

from syncer.core.model.progress import GameId

from . import seed as demo_seed
from .models import Achievement
from .scenario_state import ScenarioState

MAX_SET_SIZE = 90  # larger sets do not grow; the player starts a game over instead

Action: TypeAlias = Callable[[ScenarioState, str, Random], str | None]


def play(state: ScenarioState, player: str, rng: Random, game_id: GameId | None = None) -> str | None:
    """Unlock something in a game, in softcore or hardcore, or a softcore achievement again in hardcore."""
    unfinished = state.unfinished(player)
    if not unfinished:
        return continue_finished(state, player, rng)
    game = game_id if game_id in unfinished else rng.choice(unfinished[:4])
    state.world.play(player, game, state.now)
    table = state.world.unlock_table
    locked, softcore = table.locked(player, game), table.softcore_only(player, game)
    if softcore and (not locked or rng.random() < 0.2):
        table.unlock(player, game, rng.choice(softcore), state.now, hardcore=True)
        return f"repeated one in hardcore in {game}"
    hardcore = rng.random() < 0.55
    table.unlock(player, game, rng.choice(locked[:5]), state.now, hardcore=hardcore)
    return f"earned one in {'hardcore' if hardcore else 'softcore'} in {game}"


def session(number: int) -> Action:
    """Return the action of an evening: the games take turns, so that progress comes in streaks."""

    def action(state: ScenarioState, player: str, rng: Random) -> str | None:
        played = state.played(player)
        return play(state, player, rng, played[number % len(played)]) if played else None

    return action


def ping(number: int) -> Action:
    """Return the action of an emulator that tells the site now and then what is played."""

    def action(state: ScenarioState, player: str, rng: Random) -> None:
        played = state.played(player)
        if played:
            state.world.play(player, played[number % len(played)], state.now)

    return action


def master(state: ScenarioState, player: str, rng: Random) -> str | None:
    """Unlock one more in hardcore in the player's first game, until nothing is left."""
    table = state.world.unlock_table
    for game in state.played(player)[:1]:
        for achievement in table.locked(player, game) or table.softcore_only(player, game):
            table.unlock(player, game, achievement, state.now, hardcore=True)
            return f"earned one in hardcore in {game}"
    return None


def revise(state: ScenarioState, player: str, rng: Random) -> str | None:
    """Extend the smallest set of the player's games, the first game excepted."""
    games = state.played(player)[1:] or state.played(player)
    if not games:
        return None
    game = min(games, key=state.set_size)
    state.world.catalogue.add_achievements(game, rng.choices(demo_seed.POINTS, k=rng.randint(3, 6)))
    return f"the set of {game} was revised"


def revise_shelved(state: ScenarioState, player: str, rng: Random) -> str | None:
    """Extend the set of a game that nobody plays: only the sweep can find it."""
    games = state.shelved(player)
    if not games:
        return None
    game = rng.choice(games)
    state.world.catalogue.add_achievements(game, rng.choices(demo_seed.POINTS, k=rng.randint(3, 6)))
    return f"the set of {game} was revised"


def demote_shelved(state: ScenarioState, player: str, rng: Random) -> str | None:
    """Demote an achievement that the player earned long ago: the account's points fall."""
    games = state.shelved(player)
    if not games:
        return None
    game = rng.choice(games)
    locked = state.world.unlock_table.locked(player, game)
    earned = [a.id for a in state.world.catalogue.games[game].promoted() if a.id not in locked]
    state.world.catalogue.demote(game, rng.choice(earned))
    return f"an achievement of {game} was demoted"


def continue_finished(state: ScenarioState, player: str, rng: Random) -> str | None:
    """Extend a set where everything is unlocked, or reset a game where the sets are large."""
    games = state.played(player)
    if games and (min(map(state.set_size, games[1:] or games)) >= MAX_SET_SIZE or rng.random() < 0.1):
        return reset(state, player, rng)
    return revise(state, player, rng)


def reset(state: ScenarioState, player: str, rng: Random) -> str | None:
    begun = state.begun(player)
    if not begun:
        return None
    game = rng.choice(begun[1:] or begun)
    state.world.reset_game(player, game)
    return f"reset {game}"


def rename(state: ScenarioState, player: str, rng: Random) -> str | None:
    """Rename the player, unless another account took the name first."""
    if state.world.resolve(demo_seed.NEW_NAME) is not None:
        return None
    state.world.rename(player, demo_seed.NEW_NAME)
    return f"is now {demo_seed.NEW_NAME}"


def demote(state: ScenarioState, player: str, rng: Random) -> str | None:
    """Demote an achievement that the player has."""
    found = earned_achievement(state, player, rng)
    if found is None:
        return None
    game, achievement = found
    state.world.catalogue.demote(game, achievement.id)
    return f"an achievement of {game} was demoted"


def change_points(state: ScenarioState, player: str, rng: Random) -> str | None:
    """Give other points to an achievement that the player has."""
    found = earned_achievement(state, player, rng)
    if found is None:
        return None
    game, achievement = found
    state.world.catalogue.set_points(game, achievement.id, 50 if achievement.points != 50 else 25)
    return f"an achievement of {game} has other points"


def earned_achievement(state: ScenarioState, player: str, rng: Random) -> tuple[GameId, Achievement] | None:
    begun = state.begun(player)
    if not begun:
        return None
    game = rng.choice(begun[1:] or begun)
    locked = state.world.unlock_table.locked(player, game)
    return game, rng.choice([a for a in state.world.catalogue.games[game].promoted() if a.id not in locked])
