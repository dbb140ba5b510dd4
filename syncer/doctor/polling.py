"""The looking: do the runs succeed, as often as promised, and are they believed?"""

from collections.abc import Mapping
from datetime import timedelta

from syncer.core.estimate import polls_per_day
from syncer.core.formats.text import pluralize
from syncer.core.model.player import Player
from syncer.core.model.run import RunOutcome
from syncer.store.read.base import Row

from .context import CheckContext
from .result import UNREAD, CheckResult, combine, fail, ok, warn

LATELY = timedelta(days=7)
DAY = timedelta(days=1)
HALF = 0.5  # of the promised runs
FEW = 5  # how many ids a sentence names
TOLD_BY = {  # bad ends of a run, and the checks that may have said why
    RunOutcome.FAILED: {"budget", "key", "players", "clock"},
    RunOutcome.DEFERRED: {"budget", "key"},
    RunOutcome.PARTIAL: {"targets", "doubts"},
}


def cadence(patient: CheckContext) -> CheckResult:
    """Whether looks really come as often as they are promised."""
    late = (_lateness(patient, player) or _rarity(patient, player) for player in patient.followed)
    told = [finding for finding in late if finding]
    return combine(told, _well(patient, "looks come as often as promised"))


def _lateness(patient: CheckContext, player: Player) -> CheckResult | None:
    """Of games that are answered and believed; of the others `targets` and `doubts` tell."""
    app, now = patient.app, patient.app.clock.now()
    late = set(app.queries.diagnostics.overdue(player.id, now - app.config.gap_after))
    late -= {
        *app.queries.diagnostics.failing(player.id),
        *app.queries.diagnostics.suspect_games(player.id, now - LATELY),
    }
    if not late:
        return None
    said = f"{pluralize(len(late), 'game')} of {player.username} should have been looked at by now"
    return fail(said, "Start the daemon: syncer run; where it runs, see: syncer status", 69)


def _rarity(patient: CheckContext, player: Player) -> CheckResult | None:
    app, now = patient.app, patient.app.clock.now()
    count, days = app.queries.runs.count_since(player.id, now - DAY, now)
    promised = days * polls_per_day(app.config.schedule)
    if promised < 4 or count >= HALF * promised:
        return None
    said = f"{player.username}: {pluralize(count, 'run')} in {days * 24:.0f} h, {promised:.0f} are promised"
    return warn(said, "Keep the daemon running (syncer run), or make [schedule] every longer")


def gaps(patient: CheckContext) -> CheckResult:
    since = patient.app.clock.now() - LATELY
    counts = {who.username: patient.app.queries.history.gap_count(who.id, since) for who in patient.followed}
    said = "{} of {} in the last 7 days".format
    told = [
        warn(said(pluralize(count, "gap"), name), f"syncer gaps --player {name}")
        for name, count in counts.items()
        if count
    ]
    return combine(told, _well(patient, "none in the last 7 days"))


def targets(patient: CheckContext) -> CheckResult:
    """Ids that fail, and typed ones that show no achievements."""
    told, ask = [], patient.app.queries
    for player in patient.followed:
        if failing := ask.diagnostics.failing(player.id):
            hint = "They are asked less often, alone; what is no game take out of [[players]] games"
            told.append(warn(f"no answer about {_named(failing)} of {player.username}", hint))
        if empty := ask.games.without_achievements(player.id, source="config"):
            hint = "No such game, or no set yet; what is mistyped correct in [[players]] games"
            told.append(warn(f"no achievements in {_named(empty)} of {player.username}", hint))
    return combine(told, _well(patient, "all answer"))


def doubts(patient: CheckContext) -> CheckResult:
    since = patient.app.clock.now() - LATELY
    doubted = [
        (player, patient.app.queries.diagnostics.suspect_games(player.id, since))
        for player in patient.followed
    ]
    hint = "They are asked again, and stored once they can be believed: syncer status"
    said = "what the site says of {} of {} is not believed".format
    told = [warn(said(_named(ids), player.username), hint) for player, ids in doubted if ids]
    return combine(told, _well(patient, "all answers are believed"))


def runs(patient: CheckContext) -> CheckResult:
    """The last run of each; while nobody is known, the last one that did not find out who they are."""
    if not patient.is_readable:
        return ok("none yet; syncer sync makes the first" if patient.opened is None else UNREAD)
    ids = [player.id for player in patient.followed] if patient.bound else [None]
    lasts = [last for player_id in ids if (last := patient.app.queries.runs.last(player_id))]
    names = {player.id: player.username for player in patient.followed}
    told = [_bad_end(last, names) for last in lasts if _is_news(last, patient.complaints)]
    return combine(told, "the last ones were good" if lasts else "none yet; syncer sync makes the first")


def _is_news(last: Row, complaints: set[str]) -> bool:
    """Whether it ended badly, and no check has said why."""
    outcome = last["outcome"]
    return outcome in TOLD_BY and not complaints & TOLD_BY[outcome]


def _bad_end(last: Row, names: Mapping[int, str]) -> CheckResult:
    whose = f" of {names[last['player_id']]}" if last["player_id"] else ""
    why = f": {last['error']}" if last["error"] else ""
    return warn(f"the last run{whose} ended as {last['outcome']}{why}", "syncer sync")


def _well(patient: CheckContext, said: str) -> str:
    return said if patient.is_readable else UNREAD


def _named(ids: list[int]) -> str:
    shown = ", ".join(map(str, ids[:FEW]))
    return f"game{'s' * (len(ids) > 1)} {shown}{' …' * (len(ids) > FEW)}"
