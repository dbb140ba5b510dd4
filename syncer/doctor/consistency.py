"""The books: what the unlocks come to, against the newest looks; and those against the profile."""

from collections.abc import Iterator
from datetime import timedelta

from syncer.core.backfill.windows import COUNT_LAG
from syncer.core.formats.text import pluralize
from syncer.core.model.player import Player
from syncer.store.read.base import Row
from syncer.store.read.consistency import AccountTotals

from .context import CheckContext
from .result import UNREAD, CheckResult, combine, ok, warn

SILENT = timedelta(days=3)  # they are asked for at least once a day, or at each look where those are rarer
FEW = 3


def balance(patient: CheckContext) -> CheckResult:
    """Whether each game's unlocks and its newest numbers agree, and all games with the profile."""
    if not patient.is_readable:
        return ok(UNREAD)
    told = [*_differences(patient), *_totals(patient), *_silence(patient)]
    if told and (full := patient.app.queries.consistency.truncated_seconds()):
        many, first = pluralize(len(full), "second"), f"{full[0]:%Y-%m-%d %H:%M:%S}"
        said = f"{many} with as many unlocks as one answer can hold, as {first}: there may be more"
        told.append(warn(said, "Nothing to do: their games are read again one by one"))
    return combine(told, "unlocks and counts agree")


def _silence(patient: CheckContext) -> Iterator[CheckResult]:
    """Looks go on where the site does not tell unlocks; so somebody should say that it does not."""
    for entry, player in patient.bound.items():
        if not entry.unlocks or player.gone_at:
            continue
        since, looked = (
            player.unlocks_synced_until or player.added_at,
            patient.app.queries.players.last_poll(player.id),
        )
        if looked and since + SILENT < looked:
            yield warn(
                f"the unlocks of {player.username} are known up to {since:%Y-%m-%d %H:%M} UTC only",
                "The site did not tell them since; look at what it says: syncer sync",
            )


def _differences(patient: CheckContext) -> Iterator[CheckResult]:
    now = patient.app.clock.now()
    for entry, player in patient.bound.items():
        if player.gone_at or not entry.unlocks:
            continue
        games = patient.app.queries.consistency.mismatched_games(player.id, now - COUNT_LAG, now)
        if not games:
            continue
        shown = "; ".join(_sentence(game) for game in games[:FEW])
        more = f"; and {len(games) - FEW} more" if len(games) > FEW else ""
        hint = f"Look at it: syncer history {games[0]['game_id']} --player {player.username}"
        yield warn(f"{player.username}: {shown}{more}", hint)


def _totals(patient: CheckContext) -> Iterator[CheckResult]:
    """Of players whose played games are all followed, once they were all read."""
    for entry, player in patient.bound.items():
        if (
            not entry.played
            or player.gone_at
            or None in (player.library_synced_at, player.unlocks_synced_until)
        ):
            continue
        if not _is_settled(patient, player):
            continue
        for mode, total in patient.app.queries.consistency.totals(player.id, COUNT_LAG).items():
            if not total.min_sum <= total.points <= total.max_sum:
                yield warn(f"{player.username}: {_points(mode, total)}", "It may be told right tomorrow")


def _is_settled(patient: CheckContext, player: Player) -> bool:
    """Whether the site has had time to count what was unlocked before its profile was asked."""
    checked = player.profile_checked_at
    return checked is not None and checked + COUNT_LAG < patient.app.clock.now()


def _points(mode: str, total: AccountTotals) -> str:
    less = total.points > total.max_sum
    why = "a small set that nothing told of, or a merged game" if less else "some were taken back, or demoted"
    return (
        f"all games come to {total.max_sum if less else total.min_sum:,} {mode} points, and the profile said "
        f"{total.points:,} at {total.checked_at:%Y-%m-%d %H:%M} UTC ({why})"
    )


def _sentence(game: Row) -> str:
    game_id, known, told = game["game_id"], game["unlocks"], game["num_achieved"]
    if known != told:
        why = "some are not told yet, or were withheld" if known < told else "some were demoted or taken back"
        return f"game {game_id} has {known} unlocks and a count of {told} ({why})"
    known, told = game["hardcore"], game["num_achieved_hardcore"]
    if known != told:
        return f"game {game_id} has {known} unlocks in hardcore and a count of {told} (some were taken back)"
    points, score = game["points"], game["score_achieved"]
    return f"game {game_id} has {points} points in its unlocks and {score} in all (worth changed since)"
