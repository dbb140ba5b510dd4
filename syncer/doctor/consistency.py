"""Consistency: unlocks compared with the newest counts, and all games with the profile's points."""

from collections.abc import Iterator
from datetime import timedelta

from syncer.config import PlayerEntry
from syncer.core.backfill.windows import COUNT_LAG
from syncer.core.formats.text import pluralize
from syncer.core.model.consistency import NO_POINTS
from syncer.core.model.player import Player
from syncer.core.polling.sum_text import describe_sums
from syncer.store.read.base import Row
from syncer.store.read.consistency import AccountTotals

from .context import CheckContext
from .result import CheckResult, combine, ok, warn

# Unlocks are fetched at least once a day; at each poll, if polls are rarer.
MAX_UNLOCK_AGE = timedelta(days=3)
MAX_LISTED = 3  # games of a player
MAX_POINTS_AGE = timedelta(hours=6)  # of the newest snapshots' sums; all games are searched within hours
MAX_DIFFERENCE_AGE = timedelta(days=2)  # of sums; after a day all unlocks are read, in several runs


def consistency(context: CheckContext) -> CheckResult:
    """Check whether the unlocks of each game agree with its counts, and all games with the profile."""
    if context.unchecked:
        return ok(context.unchecked)
    found = [*_mismatched_games(context), *_mismatched_totals(context), *_outdated_unlocks(context)]
    found += [*_differing_sums(context), *_differing_points(context)]
    # A window of unlocks is at least one second long: what does not fit into one answer cannot be fetched so.
    if found and (full := context.app.queries.consistency.truncated_seconds()):
        seconds, first = pluralize(len(full), "second"), f"{full[0]:%Y-%m-%d %H:%M:%S}"
        what = f"{seconds} with as many unlocks as one answer can hold (first: {first}); some may be missing"
        found.append(warn(what, "Nothing to do: the games are fetched again one by one"))
    return combine(found, "unlocks and counts agree")


def _players_with_unlocks(context: CheckContext) -> Iterator[tuple[PlayerEntry, Player]]:
    for entry, player in context.stored_players.items():
        if entry.unlocks and not player.gone_at:
            yield entry, player


def _outdated_unlocks(context: CheckContext) -> Iterator[CheckResult]:
    """Report unlocks that are older than the polls: polls go on while the unlocks cannot be fetched."""
    for _, player in _players_with_unlocks(context):
        synced_until = player.unlocks_synced_until or player.added_at
        last_poll = context.app.queries.players.last_poll(player.id)
        # Compared with the last poll, not with now: that the daemon does not run is reported by `cadence`.
        if last_poll and synced_until + MAX_UNLOCK_AGE < last_poll:
            yield warn(
                f"the unlocks of {player.username} are known only up to {synced_until:%Y-%m-%d %H:%M} UTC",
                "Newer ones could not be fetched; to see the error: syncer sync",
            )


def _mismatched_games(context: CheckContext) -> Iterator[CheckResult]:
    now = context.app.clock.now()
    for _, player in _players_with_unlocks(context):
        # Without the last hour, in which the site may not have counted yet (site-api.md section 6).
        games = context.app.queries.consistency.mismatched_games(player.id, now - COUNT_LAG, now)
        if not games:
            continue
        listed = "; ".join(_describe_game(game) for game in games[:MAX_LISTED])
        more = f"; and {len(games) - MAX_LISTED} more" if len(games) > MAX_LISTED else ""
        hint = f"To see its counts: syncer history {games[0]['game_id']} --player {player.username}"
        yield warn(f"{player.username}: {listed}{more}", hint)


def _mismatched_totals(context: CheckContext) -> Iterator[CheckResult]:
    """Compare totals of players whose played games are all polled, once all of them were read."""
    for entry, player in context.stored_players.items():
        is_complete = None not in (player.library_synced_at, player.unlocks_synced_until)
        # The profile counts all games, so totals agree only if all of them are polled (site-api.md 5.2).
        if not (entry.played and is_complete and not player.gone_at):
            continue
        for mode, total in context.app.queries.consistency.totals(player.id, COUNT_LAG).items():
            # The site needs time to count what was unlocked before it gave the totals.
            is_settled = total.checked_at + COUNT_LAG < context.app.clock.now()
            if is_settled and not total.min_sum <= total.points <= total.max_sum:
                what = f"{player.username}: {_describe_total(mode, total)}"
                yield warn(what, "The site may have counted late; wait a day before you report it")


def _differing_sums(context: CheckContext) -> Iterator[CheckResult]:
    """Report unlocks that have differed from the account's points for long, and not by a known residual."""
    for _, player in _players_with_unlocks(context):
        checks = context.app.queries.unlocks.checks(player.id)
        newest, since = checks.newest, checks.since
        if not newest or not since or newest.at - since < MAX_DIFFERENCE_AGE:
            continue
        ours, site = newest.ours, newest.site
        yield warn(
            f"all unlocks of {player.username} have {ours.hardcore:,} hardcore and {ours.softcore:,} "
            f"softcore points, but the profile had {site.hardcore:,} and {site.softcore:,} at "
            f"{newest.at:%Y-%m-%d %H:%M} UTC (since {since:%Y-%m-%d})",
            "Nothing to do: all unlocks are read again, at most once in 30 days",
        )


def _differing_points(context: CheckContext) -> Iterator[CheckResult]:
    """Report games whose points differ from the account's, and what a search of all games has left."""
    for player in context.stored_players.values():
        report = None if player.gone_at else context.app.queries.polling.sum_report(player.id)
        if report is None or report.difference == NO_POINTS or not report.searched_at:
            continue
        is_left = report.residual == report.difference
        if not is_left and report.checked_at - (report.agreed_at or player.added_at) < MAX_POINTS_AGE:
            continue
        yield warn(
            f"{player.username}: the points of the games are {describe_sums(report)} "
            f"({report.checked_at:%Y-%m-%d %H:%M} UTC)",
            _hint_on_points(is_left=is_left),
        )


def _hint_on_points(*, is_left: bool) -> str:
    if is_left:
        return "The site may count a deleted game; it is searched again when it changes: syncer status"
    return "No game is searched while a game fails or an answer is suspect: syncer status"


def _describe_total(mode: str, total: AccountTotals) -> str:
    is_less = total.points > total.max_sum
    why = (
        "a small set that no list contains, or a merged game"
        if is_less
        else "some achievements were removed or demoted"
    )
    ours = total.max_sum if is_less else total.min_sum
    return (
        f"all games have {ours:,} {mode} points in all, but the profile "
        f"had {total.points:,} at {total.checked_at:%Y-%m-%d %H:%M} UTC ({why})"
    )


def _describe_game(game: Row) -> str:
    game_id, stored, count = game["game_id"], game["unlocks"], game["num_achieved"]
    if stored != count:
        why = "some are not listed yet, or hidden" if stored < count else "some were demoted or reset"
        return f"game {game_id} has {stored} unlocks, but a count of {count} ({why})"
    stored, count = game["hardcore"], game["num_achieved_hardcore"]
    if stored != count:
        return f"game {game_id} has {stored} hardcore unlocks, but a count of {count} (some were reset)"
    points, score = game["points"], game["score_achieved"]
    return f"game {game_id} has unlocks of {points} points, but a score of {score} (points were changed)"
