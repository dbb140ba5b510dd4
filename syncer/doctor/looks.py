"""The looking: do the runs succeed, as often as promised, and are they believed?"""

from datetime import timedelta

from syncer.core.forecast import looks_a_day
from syncer.core.model import RunOutcome

from .finding import Finding, Patient, fail, ok, warn

LATELY = timedelta(days=7)
DAY = timedelta(days=1)
HALF = 0.5  # of the promised runs
FEW = 5  # how many ids a sentence names


def runs(patient: Patient) -> Finding:
    for player in patient.players:
        last = patient.app.queries.last_run(player.id)
        if last and last["outcome"] not in (RunOutcome.OK, RunOutcome.RUNNING, RunOutcome.INTERRUPTED):
            why = f": {last['error']}" if last["error"] else ""
            return warn(f"the last run of {player.username} was {last['outcome']}{why}", "syncer sync")
        if player.gone_at:
            hint = "Take the player out of [[players]]; the history stays"
            return warn(f"{player.username} is gone from the site", hint)
    return ok("the last runs were good") if patient.players else ok("none yet; syncer sync makes the first")


def cadence(patient: Patient) -> Finding:
    """Whether looks really come as often as they are promised."""
    app = patient.app
    now, promised = app.clock.now(), looks_a_day(app.config.schedule)
    for player in patient.players:
        late = app.queries.overdue(player.id, now - app.config.gap_after)
        if late:
            said = f"{late} games of {player.username} should have been looked at by now"
            return fail(said, "Start the daemon: syncer run", 69)
        count, days = app.queries.runs_since(player.id, now - DAY, now)
        if days * promised >= 4 and count < HALF * days * promised:
            said = f"{player.username}: {count} runs in {days * 24:.0f} h, {promised * days:.0f} are promised"
            return warn(said, "Keep the daemon running, or make [schedule] every longer")
    return ok("looks come as often as promised")


def gaps(patient: Patient) -> Finding:
    app, now = patient.app, patient.app.clock.now()
    for player in patient.players:
        count = app.queries.gaps_since(player.id, now - LATELY)
        if count:
            return warn(f"{count} gaps in the last 7 days", f"syncer gaps --player {player.username}")
    return ok("none in the last 7 days")


def targets(patient: Patient) -> Finding:
    """Ids that fail, and ids that show no achievements."""
    for player in patient.players:
        failing = patient.app.queries.failing(player.id)
        if failing:
            hint = "They are asked less often, alone; take out what is no game"
            return warn(f"no answer about {_named(failing)} of {player.username}", hint)
        empty = patient.app.queries.without_achievements(player.id)
        if empty:
            hint = "No such game, or no set yet; if mistyped, correct [[players]] games"
            return warn(f"no achievements in {_named(empty)} of {player.username}", hint)
    return ok("all answer")


def doubts(patient: Patient) -> Finding:
    now = patient.app.clock.now()
    for player in patient.players:
        doubted = patient.app.queries.doubted(player.id, now - LATELY)
        if doubted:
            hint = "Nothing to do: they are asked again, and stored once they are believable"
            return warn(f"what the site says of {_named(doubted)} is not believed", hint)
    return ok("all answers are believed")


def _named(ids: list[int]) -> str:
    shown = ", ".join(map(str, ids[:FEW]))
    return f"game{'s' * (len(ids) > 1)} {shown}{' …' * (len(ids) > FEW)}"
