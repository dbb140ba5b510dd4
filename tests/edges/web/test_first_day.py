"""The first evening: what the stored unlocks tell is shown at once, though no poll has shown a change."""

import re
from collections.abc import Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from syncer.store.db.account_tables import awards, unlocks
from syncer.store.db.engine import Database
from syncer.store.db.tables import games, targets
from syncer.store.read.queries import Queries
from syncer.web.app.context import Context
from tests.first_sync import NOW, SMALL, SYNCED, create_first_sync

from .harness import PageClient, served
from .parsed_page import read

BERLIN = ZoneInfo("Europe/Berlin")
HALF_HOUR = timedelta(minutes=30)
DAY = timedelta(days=1)
NOTHING_HAPPENED = (
    "Nothing has changed",
    "No unlocks are known",
    "No runs yet",
    "No games yet",
    "listed here.",
)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    made = create_first_sync(f"sqlite:///{tmp_path_factory.mktemp('first') / 'syncer.db'}", SMALL)
    yield made
    made.close()


@pytest.fixture(scope="module")
def evening(database: Database) -> Iterator[PageClient]:
    context = Context(Queries(database), lambda: NOW, BERLIN, HALF_HOUR)
    with served(context) as client:
        yield client


def played_games(database: Database) -> list[int]:
    with database.reading() as tx:
        return list(tx.scalars(sa.select(unlocks.c.game_id).distinct().order_by(unlocks.c.game_id)))


@pytest.mark.parametrize(
    "path", ["/", "/games", "/changes", "/calendar", "/days/2026-05-20", "/review/2026", "/sync-health"]
)
def test_every_page_has_content_and_claims_no_silence(evening: PageClient, path: str) -> None:
    page = read(evening, path)
    assert len(page.all("td")) > 8
    assert not [words for words in NOTHING_HAPPENED if words in page.text]


def test_overview_names_the_newest_unlocks_and_the_games_played_last(
    evening: PageClient, database: Database
) -> None:
    page = read(evening, "/")
    with database.reading() as tx:
        newest = tx.execute(
            sa.select(unlocks.c.title, games.c.title.label("game"))
            .join_from(unlocks, games, games.c.id == unlocks.c.game_id)
            .order_by(unlocks.c.unlocked_at.desc(), unlocks.c.achievement_id)
            .limit(12)
        ).all()
    for title, game in newest:
        assert f"{title} {game}" in page.text
    assert "No change since the first poll, 24 min ago" in page.text
    recent = evening.get("/").text.partition('id="recent"')[2]
    assert len(set(re.findall(r'href="/games/(\d+)"', recent))) == 6


def test_every_coloured_day_leads_to_its_unlocks(evening: PageClient, database: Database) -> None:
    with database.reading() as tx:
        moments = list(tx.scalars(sa.select(unlocks.c.unlocked_at)))
    stored = {moment.astimezone(BERLIN).date() for moment in moments}
    found = set[str]()
    for year in sorted({day.year for day in stored}):
        page = read(evening, f"/calendar?year={year}")
        days = {
            (a["href"] or "").partition("/days/")[2]: a["title"] or ""
            for a in page.all("a")
            if a.get("title")
        }
        found |= days.keys()
        for day, title in list(days.items())[:20]:
            shown = read(evening, f"/days/{day}").text
            number, points = re.findall(r"(\d+) unlocked, (\d+) points", title)[0]
            assert f"Unlocked {number} {points} points" in shown
            assert shown.count("Feat ") == int(number)
    assert found == {f"{day}" for day in stored}


def test_day_tells_what_was_mastered_completed_and_beaten(evening: PageClient, database: Database) -> None:
    with database.reading() as tx:
        rows = tx.execute(sa.select(awards.c.game_id, awards.c.kind, awards.c.awarded_at)).all()
    names = {"beaten-hardcore": "beaten (hardcore)", "beaten-softcore": "beaten (softcore)"}
    assert {row.kind for row in rows} > {"mastered", "completed"}
    for game_id, kind, at in rows[:12]:
        text = evening.get(f"/days/{at.astimezone(BERLIN).date()}").text.partition('id="reached"')[2]
        part = text.partition("</section>")[0]
        assert f'href="/games/{game_id}"' in part
        assert names.get(kind, kind) in part


def test_curve_of_a_game_is_rebuilt_from_its_unlocks_and_says_so(
    evening: PageClient, database: Database
) -> None:
    for game_id in played_games(database)[:10]:
        document = evening.get(f"/data/games/{game_id}").json()
        polled = [at for at in document["times"] if at >= document["recorded_from"]]
        assert len(polled) == 1
        assert len(document["times"]) > 1
        assert document["values"][0][-2:] == 2 * [document["values"][0][-1]]  # the line goes on as polled
        assert "rebuilt from the times" in read(evening, f"/games/{game_id}").text


def test_no_chart_is_empty(evening: PageClient, database: Database) -> None:
    played = played_games(database)
    unplayed = next(number for number in range(1, SMALL.games) if number not in played)
    page = read(evening, f"/games/{unplayed}")
    assert not [figure for figure in page.all("figure") if figure.get("data-chart")]
    assert "The curve begins with the first unlock" in page.text
    for path in ("/data/points", f"/data/games/{played[0]}"):
        assert len(evening.get(path).json()["times"]) > 1


def test_game_is_unchanged_since_its_last_unlock(evening: PageClient, database: Database) -> None:
    game_id = played_games(database)[20]
    with database.reading() as tx:
        last = tx.scalar(sa.select(sa.func.max(unlocks.c.unlocked_at)).where(unlocks.c.game_id == game_id))
    assert last is not None
    assert SYNCED - last > DAY
    local = last.astimezone(BERLIN)
    assert re.search(
        rf"Last unlock {local.day} {local:%b}( {local.year})? ?, {local:%H:%M}",
        read(evening, f"/games/{game_id}").text,
    )


def test_unlocks_that_were_never_read_are_not_called_none(tmp_path_factory: pytest.TempPathFactory) -> None:
    database = create_first_sync(f"sqlite:///{tmp_path_factory.mktemp('bare') / 'syncer.db'}", SMALL)
    with database.writing() as tx:
        tx.execute(unlocks.delete())
        tx.execute(sa.text("UPDATE players SET unlocks_synced_until = NULL"))
        tx.execute(targets.update().values(unlocks_synced_at=None))
    with served(Context(Queries(database), lambda: NOW, BERLIN, HALF_HOUR)) as client:
        assert "have not been read yet" in read(client, "/days/2026-05-20").text
        played = read(client, "/games/2").text
        assert "Unchanged since 20 May 2026, 20:06 or longer" in played
    database.close()


@pytest.mark.parametrize("path", ["2026-05-21", "1970-12-31", "2026-02-30", "20260520", "x", "2026-05-20/1"])
def test_other_days_are_not_found(evening: PageClient, path: str) -> None:
    assert evening.get(f"/days/{path}").status_code == 404


def test_curve_marks_what_was_mastered_and_completed(evening: PageClient, database: Database) -> None:
    with database.reading() as tx:
        full = awards.c.kind.in_(("mastered", "completed"))
        query = sa.select(awards.c.kind, games.c.title, awards.c.awarded_at).where(full)
        rows = tx.execute(query.join_from(awards, games, games.c.id == awards.c.game_id)).all()
    marks = evening.get("/data/points").json()["marks"]
    found = {(mark["text"], mark["time"]) for mark in marks}
    assert found == {(f"{kind}: {title}", at.timestamp()) for kind, title, at in rows}
    assert [mark["time"] for mark in marks] == sorted(mark["time"] for mark in marks)
