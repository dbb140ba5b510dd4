"""What a player wants to know first: points, finished sets and the streak."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from syncer.app import App
from syncer.core.formats.text import pluralize
from syncer.core.milestones.states import GameState
from syncer.core.milestones.streaks import Streak
from syncer.store.read.players import PlayerRef

POINTS = ("hardcore_points", "softcore_points", "retro_points", "rank")
SETS = {
    "mastered": GameState.MASTERED,
    "completed": GameState.COMPLETED,
    "beaten_hardcore": GameState.BEATEN_HARDCORE,
    "beaten_softcore": GameState.BEATEN_SOFTCORE,
}


def player_facts(app: App, chosen: Sequence[PlayerRef], now: datetime) -> dict[int, dict[str, Any]]:
    """Return the account's points, the finished sets and the streak of each player, by id."""
    ids = [player.id for player in chosen]
    counts, points = app.queries.states.counts(ids), app.queries.account.newest_of(ids)
    # Of a player whose unlocks are not read no day is known to have none.
    read = [player.id for player in chosen if reads_unlocks(app, player)]
    streaks = app.queries.streaks.of(read, app.config.zone, now, app.config.gap_after)
    return {
        player_id: {
            "account": {name: points[player_id][name] for name in POINTS},
            "sets": {name: counts[player_id][state.value] for name, state in SETS.items()},
            "streak": _streak(streaks.get(player_id)),
        }
        for player_id in ids
    }


def reads_unlocks(app: App, player: PlayerRef) -> bool:
    """Return whether unlocks of the player are read, by the configuration."""
    without = {
        (entry.ulid or entry.username or "").lower() for entry in app.config.players if not entry.unlocks
    }
    return not {player.ulid.lower(), (player.config_name or "").lower()} & without


def _streak(streak: Streak | None) -> dict[str, int | None]:
    if streak is None:
        return {"days": None, "includes_today": None}
    return {"days": streak.days, "includes_today": streak.includes_today}


def fact_lines(facts: dict[str, Any]) -> list[tuple[str, str]]:
    """Return (label, text) for each fact that is known."""
    account, streak = facts["account"], facts["streak"]
    lines = (
        [("points", points_text(account))]
        if None not in (account["hardcore_points"], account["softcore_points"])
        else []
    )
    lines.append(("sets", sets_text(facts["sets"])))
    return [*lines, ("streak", streak_text(streak))] if streak["days"] is not None else lines


def points_text(account: dict[str, Any]) -> str:
    """Return the points as on the profile: those in softcore are not part of those in hardcore."""
    text = f"{account['hardcore_points']:,} in hardcore, {account['softcore_points']:,} in softcore"
    if account["retro_points"] is not None:
        text += f"; RetroPoints {account['retro_points']:,}"
    return text if account["rank"] is None else f"{text}; rank {account['rank']:,}"


def sets_text(sets: dict[str, int]) -> str:
    """Return how many sets are finished; beaten are those that are neither mastered nor completed."""
    beaten = sets["beaten_hardcore"] + sets["beaten_softcore"]
    softcore = f" ({sets['beaten_softcore']:,} in softcore)" if sets["beaten_softcore"] else ""
    return f"{sets['mastered']:,} mastered, {sets['completed']:,} completed, {beaten:,} beaten{softcore}"


def streak_text(streak: dict[str, Any]) -> str:
    """Return the length of the streak, and whether it ends tonight."""
    if not streak["days"]:
        return "none; nothing was unlocked today or yesterday"
    today = "" if streak["includes_today"] else "; it ends tonight if nothing is unlocked today"
    return f"{pluralize(streak['days'], 'day')}{today}"
