"""The numbers of the pages are those of the documented views, on both databases."""

import re
from datetime import UTC, datetime, time, timedelta
from random import Random
from typing import Any

import sqlalchemy as sa

from syncer.store.db.engine import Database
from tests.edges.sql_facts import NOW, START

from .five_months import client, database
from .harness import PageClient
from .parsed_page import read

__all__ = ["client", "database"]  # fixtures, requested by their names

SAMPLES, DAY = 100, timedelta(days=1)
GAMES = "SELECT game_id FROM latest_progress WHERE player_id = :player ORDER BY game_id"
GAME = """
    SELECT num_achieved, num_possible_achievements, num_achieved_hardcore, score_achieved, possible_score
    FROM latest_progress WHERE player_id = :player AND game_id = :game AND last_seen_at IS NOT NULL"""
UNLOCKS = """
    SELECT count(*), coalesce(sum(points), 0) FROM first_unlocks
    WHERE player_id = :player AND unlocked_at >= :begin AND unlocked_at < :end"""


def first(database: Database, query: str, **values: Any) -> tuple[Any, ...]:
    with database.reading() as tx:
        moments = {
            name: sa.bindparam(name, type_=sa.Text) for name, at in values.items() if isinstance(at, str)
        }
        row = tx.execute(sa.text(query).bindparams(*moments.values()), values).first()
    return tuple(row) if row else ()


def bound(database: Database, at: datetime) -> Any:
    """Return a moment as a user of SQL writes it."""
    return at if database.path is None else f"{at:%Y-%m-%d %H:%M:%S}.000"


def test_numbers_of_games_and_days_are_those_of_the_views(database: Database, client: PageClient) -> None:
    rng, compared, unlocked = Random(15), 0, 0
    with database.reading() as tx:
        rows = tx.execute(sa.text("SELECT id, username FROM players")).all()
        names: dict[int, str] = {row.id: row.username for row in rows}
        games = {player: list(tx.scalars(sa.text(GAMES), {"player": player})) for player in names}
    for _ in range(SAMPLES):
        player = rng.choice(sorted(names))
        game = rng.choice(games[player])
        day = (START + rng.randrange((NOW - START).days) * DAY).date()
        begin = datetime.combine(day, time(), UTC)
        numbers = first(database, GAME, player=player, game=game)
        if numbers:
            achieved, possible, hardcore, score, most = numbers
            text = read(client, f"/games/{game}?player={names[player]}").text
            assert f"Unlocked {achieved} of {possible} In hardcore {hardcore} of the unlocked ones" in text
            assert f"Points {score} of {most} " in text
            compared += 1
        span = {"begin": bound(database, begin), "end": bound(database, begin + DAY)}
        count, points = first(database, UNLOCKS, player=player, **span)
        text = read(client, f"/days/{day}?player={names[player]}").text
        assert f"Unlocked {count} {points} points" in text
        unlocked += count
        if count:
            year = client.get(f"/calendar?year={day.year}&player={names[player]}").text
            assert re.search(rf"{day:%-d %B}: (not polled, )?{count} unlocked, {points} points", year)
    assert compared > SAMPLES / 2
    assert unlocked > 20
