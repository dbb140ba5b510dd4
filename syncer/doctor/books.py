"""The books: what the unlocks come to, against the newest looks; and those against the profile."""

from collections.abc import Iterator
from datetime import timedelta

from syncer.core.words import counted
from syncer.store.books import Total
from syncer.store.reading import Row

from .finding import UNREAD, Finding, ok, together, warn
from .patient import Patient

LAG = timedelta(hours=1)  # the site counts an unlock some time after it tells it (ra-api.md section 6)
FEW = 3


def balance(patient: Patient) -> Finding:
    """Whether each game's unlocks and its newest numbers agree, and all games with the profile."""
    if not patient.is_readable:
        return ok(UNREAD)
    told = [*_differences(patient), *_totals(patient)]
    full = patient.app.queries.full_seconds()
    if full:
        said = (
            f"{counted(len(full), 'second')} with more unlocks than are told, as {full[0]:%Y-%m-%d %H:%M:%S}"
        )
        told.append(warn(said, "Nothing to do: the counts are right, some of these moments stay unknown"))
    return together(told, "unlocks and counts agree")


def _differences(patient: Patient) -> Iterator[Finding]:
    settled = patient.app.clock.now() - LAG
    for player in patient.followed:
        games = patient.app.queries.unbalanced(player.id, settled)
        if not games:
            continue
        shown = "; ".join(_sentence(game) for game in games[:FEW])
        more = f"; and {len(games) - FEW} more" if len(games) > FEW else ""
        hint = f"Look at it: syncer history {games[0]['game_id']} --player {player.username}"
        yield warn(f"{player.username}: {shown}{more}", hint)


def _totals(patient: Patient) -> Iterator[Finding]:
    """Of players whose played games are all followed, once they were all read."""
    for entry, player in patient.bound.items():
        if not entry.played or player.gone_at or None in (player.walked_at, player.unlocks_until):
            continue
        for mode, total in patient.app.queries.totals(player.id, LAG).items():
            if not total.least <= total.told <= total.most:
                yield warn(f"{player.username}: {_points(mode, total)}", "It may be told right tomorrow")


def _points(mode: str, total: Total) -> str:
    less = total.told > total.most
    why = "a small set that nothing told of, or a merged game" if less else "some were taken back, or demoted"
    return (
        f"all games come to {total.most if less else total.least:,} {mode} points, and the profile said "
        f"{total.told:,} at {total.told_at:%Y-%m-%d %H:%M} UTC ({why})"
    )


def _sentence(game: Row) -> str:
    known, told = game["unlocks"], game["num_achieved"]
    if known != told:
        why = "some are not told yet, or were withheld" if known < told else "some were demoted or taken back"
        return f"game {game['game_id']} has {known} unlocks and a count of {told} ({why})"
    points, score = game["points"], game["score_achieved"]
    return (
        f"game {game['game_id']} has {points} points in its unlocks and {score} in all (worth changed since)"
    )
