"""The pages over a real server: what they show, what they refuse, and that titles stay text."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from syncer.core.errors import Unauthorized
from syncer.core.model.decision import RejectionReason
from syncer.store.db.tables import rejections, targets
from syncer.store.read.web import WebQueries

from .harness import SyncHarness
from .html import HOSTILE, HOURS, QUARTER, ZONE, Browser, context_of, lived, served

PAGES = ("/", "/games", "/games/1", "/games/5", "/changes", "/calendar", "/sync-health")
DATA = ("/data/version", "/data/points", "/data/games/1")


@dataclass
class Reader(HTMLParser):
    """What a browser would make of a page."""

    texts: list[str] = field(default_factory=list)
    tags: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).replace("\u00a0", " ").split())

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def read(browser: Browser, path: str) -> Reader:
    answer = browser.get(path)
    assert answer.status_code == 200, answer.text
    reader = Reader()
    reader.feed(answer.text)
    return reader


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SyncHarness]:
    made = lived(f"sqlite:///{tmp_path_factory.mktemp('pages') / 'syncer.db'}")
    yield made
    made.close()


@pytest.fixture(scope="module")
def browser(home: SyncHarness) -> Iterator[Browser]:
    with served(context_of(home)) as browser:
        yield browser


@pytest.mark.parametrize("path", PAGES)
def test_a_page_has_landmarks_and_no_strangers_code(browser: Browser, path: str) -> None:
    page = read(browser, path)
    assert [len(page.all(tag)) for tag in ("main", "header", "footer", "h1", "title")] == [1] * 5
    assert page.all("html") == [{"lang": "en"}]
    assert page.all("a")[0] == {"class": "skip", "href": "#main"}
    assert (
        [a for a in page.all("a") if a.get("aria-current") == "page"]
        or path == "/games/1"
        or path == "/games/5"
    )
    assert all(script["src"] and script["src"].startswith("/static/") for script in page.all("script"))
    assert [tag for tag, attributes in page.tags if "style" in attributes or "onerror" in attributes] == []
    assert not [tag for tag, attributes in page.tags if tag == "svg" and attributes.get("class") != "bar"]
    assert page.all("img") == []
    assert len(page.all("caption")) == len(page.all("table"))
    assert all(th.get("scope") == "col" for th in page.all("th"))


@pytest.mark.parametrize("path", ["/", "/games", "/games/1", "/changes", "/changes?game=1"])
def test_a_hostile_title_is_text(browser: Browser, path: str) -> None:
    answer = browser.get(path)
    assert "<img" not in answer.text
    assert "alert" in read(browser, path).text
    assert HOSTILE in "".join(read(browser, path).texts)
    assert "49" not in re.findall(r"\{\{|49", answer.text)


def test_the_overview_says_how_it_stands(browser: Browser, home: SyncHarness) -> None:
    page, totals = read(browser, "/"), home.queries.web.game_totals(1)
    assert "Tester up to date Last poll" in page.text
    for number in (totals["score_achieved"], totals["num_achieved"], totals["possible_score"]):
        assert f" {number:,} " in page.text
    assert "Completed games 0 0 of them mastered" in page.text  # its set was revised
    assert {a["href"] for a in page.all("a")} >= {"/games/1", "/games/2", "/changes", "/games"}
    assert "progress reset" in page.text
    assert "set revised" in page.text


def test_moments_are_the_players_and_tell_utc(browser: Browser, home: SyncHarness) -> None:
    last = home.queries.players.last_poll(home.tracked.id)
    assert last is not None
    told = {(t["datetime"], t["title"]) for t in read(browser, "/").all("time")}
    assert (f"{last:%Y-%m-%dT%H:%M:%SZ}", f"{last:%Y-%m-%d %H:%M:%S} UTC") in told
    assert (
        f"{last.astimezone(ZONE).day} May 2026, {last.astimezone(ZONE):%H:%M}"
        in read(browser, "/games/1").text
    )


def test_a_game_shows_its_stretches_and_unlocks(browser: Browser, home: SyncHarness) -> None:
    page, stretches = read(browser, "/games/1"), home.history(1)
    kinds = [row["kind"] for row in stretches]
    assert {"baseline", "unlock", "resumed", "set_revised"} == set(kinds)
    assert page.text.count("first poll") == 2  # on a phone it stands in another place
    assert "after a gap" in page.text
    assert page.text.count("hardcore") >= 1
    assert "removed since" in page.text
    assert browser.get("/games/999").status_code == 404


@pytest.mark.parametrize(
    ("query", "games"),
    [
        ("?sort=title", ["/games/1", "/games/3", "/games/5", "/games/2"]),
        ("?sort=title&order=down", ["/games/2", "/games/5", "/games/3", "/games/1"]),
        ("?sort=unlocked", ["/games/1", "/games/2", "/games/3", "/games/5"]),
        ("?q=ŁÓDŹ", ["/games/2"]),  # capitals or not
        ("?q=nes", ["/games/2"]),  # a console
        ("?q=3", ["/games/3"]),  # an id
        ("?q=%25", []),  # no pattern
        ("?page=2", ["/games/1", "/games/2", "/games/3", "/games/5"]),  # there is but one
    ],
)
def test_games_are_sorted_and_found(browser: Browser, query: str, games: list[str]) -> None:
    links = [a["href"] for a in read(browser, f"/games{query}").all("a")]
    found = [link for link in links if link and link.startswith("/games/")]
    assert (found if "page" not in query else sorted(found)) == games


@pytest.mark.parametrize(
    ("query", "kinds"),
    [
        ("?kind=reset", {"progress reset"}),
        ("?game=1", {"unlocked", "set revised"}),
        ("?game=1&kind=all", {"unlocked", "set revised", "first poll", "unchanged after a gap"}),
        ("?from=2026-05-03&kind=all", set()),
        ("?to=2026-04-30&kind=all", set()),
        ("?from=2026-05-01&to=2026-05-01&kind=all", {"first poll", "unlocked"}),
        ("?from=20260501&to=20260501&kind=all", {"first poll", "unlocked"}),
        ("?kind=gone", set()),
    ],
)
def test_changes_are_filtered(browser: Browser, query: str, kinds: set[str]) -> None:
    text = browser.get(f"/changes{query}").text
    rows = re.findall(r'<td class="wide">\s*<span class="chip[^"]*">([^<]*)<', text)
    assert set(rows) == kinds
    assert kinds or "No such change" in text


def test_changes_are_paged_without_losing_one(browser: Browser, home: SyncHarness) -> None:
    seen: list[int] = []
    before = None
    while rows := home.queries.web.changes(1, 2, kind="all", before=before):
        seen += [row["id"] for row in rows]
        before = seen[-1]
    everything = home.queries.history.changes([1], None, None, everything=True)
    assert seen == [row["id"] for row in everything]
    older = browser.get(f"/changes?kind=all&before={seen[2]}").text
    assert older.count("<tr>") - 1 == len(seen) - 3


def test_the_year_has_the_days_of_the_players_zone(browser: Browser) -> None:
    page = read(browser, "/calendar?year=2026")
    days = {a["href"]: a["title"] for a in page.all("a") if a.get("title")}
    assert days == {
        "/changes?from=2026-05-01&to=2026-05-01": "1 May: 1 unlocked, 10 points",  # 22:30 UTC the day before
        "/changes?from=2026-04-30&to=2026-04-30": "30 April: 1 unlocked, 10 points",
        "/changes?from=2026-04-29&to=2026-04-29": "29 April: 1 unlocked, 30 points",
    }
    assert "Day Points Unlocked Wednesday, 29 April 30 1" in page.text
    assert "Longest streak 3 days in a row, until 1 May" in page.text
    assert browser.get("/calendar?year=2027").status_code == 422


def test_the_health_report_tells_of_gaps_and_runs(browser: Browser) -> None:
    page = read(browser, "/sync-health")
    assert "Periods without polling" in page.text
    assert "12 h 4" in page.text  # four games, one gap
    assert "Requests can be sent" in page.text
    assert "A year adds" in page.text


def test_data_of_the_points_ends_where_the_totals_are(browser: Browser, home: SyncHarness) -> None:
    document, totals = browser.get("/data/points").json(), home.queries.web.game_totals(1)
    assert document["columns"] == ["score_achieved", "score_achieved_hardcore"]
    newest = [values[-1] for values in document["values"]]
    assert newest == [totals["score_achieved"], totals["score_achieved_hardcore"]]
    assert document["times"] == sorted(set(document["times"]))
    assert len(document["gaps"]) == 1
    begin, end = document["gaps"][0]
    assert 11.9 * 3600 < end - begin < 13 * 3600
    inside = [v for t, v in zip(document["times"], document["values"][0], strict=True) if begin < t < end]
    assert inside == [None]
    told = [v for t, v in zip(document["times"], document["values"][0], strict=True) if t < document["recorded_from"]]
    assert told == [30, 40, 50]  # before anybody looked; what is gone does not count


def test_a_window_of_data_says_the_same_as_the_whole(browser: Browser, home: SyncHarness) -> None:
    whole = browser.get("/data/points").json()
    since = home.clock.now() - timedelta(hours=2)
    part = browser.get("/data/points", params={"from": since.isoformat()}).json()
    assert [values[-1] for values in part["values"]] == [values[-1] for values in whole["values"]]
    assert part["times"][0] == pytest.approx(since.timestamp(), abs=1)
    held = [v for t, v in zip(whole["times"], whole["values"][0], strict=True) if t <= part["times"][0]][-1]
    assert part["values"][0][0] == held
    assert browser.get("/data/points?from=2026-05-02&to=2026-05-01").json()["times"] == []


def test_data_of_a_game_has_its_marks(browser: Browser) -> None:
    document = browser.get("/data/games/2").json()
    assert [mark["kind"] for mark in document["marks"]] == ["reset"]
    assert document["columns"] == ["num_achieved", "num_achieved_hardcore", "num_possible_achievements"]
    assert len(browser.get("/data/games/1").json()["unlock_times"]) == 4
    assert browser.get("/data/games/1?to=2026-04-01").json()["times"] == []
    assert browser.get("/data/games/999").status_code == 404


def test_the_version_changes_with_what_is_seen(tmp_path: Path) -> None:
    home = lived(f"sqlite:///{tmp_path / 'syncer.db'}")
    with served(context_of(home)) as browser:
        before = browser.get("/data/version").json()
        assert browser.get("/data/version").json() == before
        assert f'data-version="{before["version"]}"' in browser.get("/").text
        home.world.earn("Tester", 3, 1, home.clock.now())
        home.live(timedelta(minutes=20))
        after = browser.get("/data/version").json()
        assert after["version"].split("-")[0] != before["version"].split("-")[0]
    home.close()


GARBAGE = (
    *("from=x", "from=2026-13-01", "to=99999-01-01", "from=0001-01-01T00:00%2B23:59", "from=" + "9" * 300),
    *("from=2026-05-01T25:00", "to=%00", "from=%ff%fe", "from=now()'--"),
)


@pytest.mark.parametrize("query", GARBAGE)
@pytest.mark.parametrize("path", ["/data/points", "/changes"])
def test_garbage_is_refused_in_one_sentence(browser: Browser, path: str, query: str) -> None:
    answer = browser.get(f"{path}?{query}")
    assert answer.status_code == 422
    if path == "/data/points":
        assert re.fullmatch(r"(from|to) is .*\.", answer.json()["error"])
    assert_harmless(answer.text)


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/games?sort=secret",
            "/games?page=0",
            "/games?page=-1",
            "/games?order=x",
            "/games?page=" + "9" * 99,
        ),
        *("/changes?kind=x", "/changes?game=x", "/changes?before=x", "/games/1?before=x", "/calendar?year=0"),
        *("/calendar?year=1e3", "/games?q=" + "x" * 101, "/changes?game=2147483648"),
    ],
)
def test_other_parameters_are_checked(browser: Browser, path: str) -> None:
    assert browser.get(path).status_code == 422


@pytest.mark.parametrize("game", ["0", "-1", "x", "2147483648", "9" * 19, "9" * 5000, "1.0", "1e3"])
def test_a_game_that_cannot_be_is_not_found(browser: Browser, game: str) -> None:
    for path in ("/games/", "/data/games/"):
        assert browser.get(path + game).status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        "from=1926-01-01&to=2126-01-01",
        "from=2126-01-01",
        "to=1926-01-01",
        "from=2026-05-01T12:00Z",
        "from=&to=",
    ],
)
def test_a_hundred_years_are_answered(browser: Browser, query: str) -> None:
    for path in ("/data/points", "/data/games/1", "/changes"):
        assert browser.get(f"{path}?{query}").status_code == 200
    assert browser.get("/calendar?year=1970").status_code == 200


def test_an_unknown_player_is_named_and_a_former_one_found(browser: Browser) -> None:
    answer = browser.get("/?player=<b>Nobody</b>")
    assert answer.status_code == 404
    assert "<b>" not in answer.text
    assert browser.get("/data/points?player=Nobody").json() == {
        "error": "No player Nobody is stored (stored: Tester)."
    }
    assert browser.get("/games/1?player=tester").status_code == 200


def assert_harmless(text: str) -> None:
    """No traceback, no place of this machine, no name of a driver."""
    assert not re.search(r"Traceback|\.py|/tmp|sqlite|syncer\.db|File \"", text)


@pytest.mark.parametrize("path", [*PAGES, *DATA])
def test_both_databases_show_the_same(
    home: SyncHarness, browser: Browser, postgres: Browser, path: str
) -> None:
    ours, theirs = browser.get(path), postgres.get(path)
    assert theirs.status_code == 200
    if path == "/sync-health":  # their sizes differ
        assert ours.text.count("<tr>") == theirs.text.count("<tr>")
    else:
        assert without_addresses(ours.text) == without_addresses(theirs.text)


def without_addresses(text: str) -> str:
    return re.sub(r"\?v=\w+", "", text)


@pytest.fixture(scope="module")
def postgres(postgres_server: Any) -> Iterator[Browser]:
    home = lived(postgres_server.create_database())
    with served(context_of(home)) as browser:
        yield browser
    home.close()


def test_an_empty_database_says_what_will_be_there(tmp_path: Path) -> None:
    home = SyncHarness(f"sqlite:///{tmp_path / 'syncer.db'}")
    with served(context_of(home)) as browser:
        for path in (*PAGES, "/games/1"):
            page = read(browser, path)
            assert "syncer run" in page.text
            assert "No players yet" in page.text
        assert browser.get("/data/points").status_code == 404
        assert browser.get("/?player=Tester").status_code == 404
    home.close()


def test_before_the_first_look_and_after_one(tmp_path: Path) -> None:
    home = SyncHarness(f"sqlite:///{tmp_path / 'syncer.db'}", games=(1, 2))
    home.poll()
    with served(context_of(home)) as browser:
        assert "Nothing has changed yet" in read(browser, "/").text
        assert len(browser.get("/data/points").json()["times"]) >= 1
        with home.database.writing() as tx:
            for table in ("snapshots", "unlocks", "rejections", "runs"):
                tx.execute(sa.text(f"DELETE FROM {table}"))  # noqa: S608
            tx.execute(targets.update().values(expected_at=None))
        for path in ("/", "/games", "/games/1", "/changes", "/calendar", "/sync-health"):
            assert browser.get(path).status_code == 200, path
        assert "waiting for the first poll" in read(browser, "/").text
        assert browser.get("/data/points").json()["times"] == []
    home.close()


def test_a_database_that_is_gone_is_unavailable_and_heals(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    home = lived(f"sqlite:///{tmp_path / 'syncer.db'}")
    assert home.database.path
    aside = home.database.path.with_name("aside")
    with served(context_of(home)) as browser:
        home.database.reader.dispose()
        home.database.path.rename(aside)
        home.database.path.write_bytes(b"no database at all" * 100)
        for path in (*PAGES, *DATA):
            answer = browser.get(path)
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
            assert_harmless(answer.text)
        assert [r.message for r in caplog.records if "page failed" in r.message] != []
        assert len([r for r in caplog.records if "page failed" in r.message]) == 1
        home.database.reader.dispose()
        aside.rename(home.database.path)
        assert browser.get("/").status_code == 200
    home.close()


def test_a_mistake_of_ours_shows_nothing_of_itself(
    home: SyncHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> Any:
        raise RuntimeError("secret inside /tmp/x.py")

    with served(context_of(home)) as browser:
        monkeypatch.setattr(WebQueries, "game_totals", broken)
        answer = browser.get("/")
        assert answer.status_code == 500
        assert "Content-Security-Policy" in answer.headers
        assert "secret" not in answer.text
        assert_harmless(answer.text)


def test_what_was_not_believed_and_who_waits(tmp_path: Path) -> None:
    home = lived(f"sqlite:///{tmp_path / 'syncer.db'}")
    now = home.clock.now()
    row = {
        "player_id": 1,
        "game_id": 1,
        "first_seen_at": now,
        "last_seen_at": now,
        "poll_count": 3,
        "raw": HOSTILE,
    }
    with home.database.writing() as tx:
        tx.execute(rejections.insert(), [row | {"reason": reason.value} for reason in RejectionReason])
        tx.execute(targets.update().where(targets.c.game_id == 5).values(failures=2, removed_at=now))
    request_budgets: dict[str, Any] = {
        "not_before": now + HOURS,
        "wait_reason": "outage",
        "max_batch": 50,
        "max_batch_until": now + HOURS,
    }
    home.source.limiter.apply(lambda budget, _: replace(budget, **request_budgets))
    with served(context_of(home)) as browser:
        page = read(browser, "/sync-health")
        assert "all numbers fell to zero at once 3 1 0" in page.text
        assert "waiting until" in page.text
        assert "the site did not work" in page.text
        assert "At most 50 games" in page.text
        assert "not followed" in read(browser, "/games/5").text
        assert "not followed" in read(browser, "/games").text
    home.close()


def test_icons_only_where_they_are_wanted(home: SyncHarness) -> None:
    with served(context_of(home), icons=True) as browser:
        answer = browser.get("/games/1")
        assert 'src="https://media.retroachievements.org/Images/000001.png"' in answer.text
        assert (
            "img-src 'self' data: https://media.retroachievements.org;"
            in answer.headers["Content-Security-Policy"]
        )


def test_the_first_view_is_light(browser: Browser) -> None:
    """What a browser loads, as it is sent: packed."""
    page = read(browser, "/")
    links = [link["href"] for link in page.all("link")] + [script["src"] for script in page.all("script")]
    paths = ["/", "/data/points", *(link for link in links if link)]
    assert sum(sent(browser, path) for path in paths) < 60_000  # the goal is 100 kB
    assert browser.get("/").headers["Content-Encoding"] == "gzip"
    assert len(paths) >= 7


def sent(browser: Browser, path: str) -> int:
    answer = browser.get(path, stream=True)
    assert answer.status_code == 200
    return len(answer.raw.read(decode_content=False))


def test_a_file_is_kept_for_ever_under_its_own_address(browser: Browser) -> None:
    (sheet,) = (link["href"] for link in read(browser, "/games").all("link") if link["rel"] == "stylesheet")
    assert sheet
    assert "immutable" in browser.get(sheet).headers["Cache-Control"]
    assert browser.get(sheet.partition("?")[0]).headers["Cache-Control"] == "no-cache"
    assert browser.get("/favicon.ico").headers["Content-Type"] == "image/svg+xml"
    assert json.loads(browser.get("/static/vendor/vendor.json").text)["name"] == "uPlot"


def test_the_pages_know_the_hour(home: SyncHarness) -> None:
    """`now` is the context's: a page made much later says that looks are overdue."""
    later = home.clock.now() + timedelta(days=2)
    with served(context_of(home), now=lambda: later) as browser:
        assert "4 games overdue" in read(browser, "/").text
        assert "ongoing" in read(browser, "/sync-health").text


GROWING = {
    "snapshots",
    "s",
    "p",
    "q",
    "earlier",
    "later",
    "runs",
    "rejections",
    "unlocks",
    "u",
    "e",
}  # or aliases


def test_every_question_takes_an_index(home: SyncHarness, browser: Browser) -> None:
    """No page walks through a table that grows with every look."""
    asked: dict[str, Any] = {}

    def note(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        asked[statement] = parameters

    sa.event.listen(home.database.reader, "before_cursor_execute", note)
    for path in (
        *PAGES,
        *DATA,
        "/changes?kind=reset",
        "/changes?game=1&from=2026-05-01",
        "/data/points?from=2026-05-02",
    ):
        assert browser.get(path).status_code == 200
    sa.event.remove(home.database.reader, "before_cursor_execute", note)
    with home.database.reading() as tx:
        plans = {
            (statement, row.detail)
            for statement, parameters in asked.items()
            if statement.startswith("SELECT")
            for row in tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
        }
    scans = {(detail, statement) for statement, detail in plans if detail.startswith("SCAN")}
    assert len(asked) > 20
    assert {scan for scan in scans if scan[0].split()[1] in GROWING} == set()


def test_the_word_beside_the_name_never_says_better_things_than_readyz(tmp_path: Path) -> None:
    home = lived(f"sqlite:///{tmp_path / 'syncer.db'}")
    now = home.clock.now()
    with home.database.writing() as tx:  # promised for much later: nothing is overdue by that
        tx.execute(targets.update().values(expected_at=now + 24 * HOURS))
    with served(context_of(home)) as browser:
        fresh = browser.get("/data/version").json()
        assert "up to date" in read(browser, "/").text
        home.clock.pass_by(3600)
        assert "no poll within three intervals" in read(browser, "/").text
        assert browser.get("/data/version").json() != fresh  # so that an open page takes it over
        home.source.failure = Unauthorized("RetroAchievements refused the key.")
        home.poll()
        home.source.limiter.apply(lambda budget, at: replace(budget, refused_at=at))
        assert "key refused" in read(browser, "/").text
        home.source.limiter.apply(lambda budget, _: replace(budget, refused_at=None))
        home.source.failure = None
        home.clock.pass_by(3601)
        home.poll()
        assert "up to date" in read(browser, "/").text
    home.close()


def test_why_nobody_is_known_is_told(tmp_path: Path) -> None:
    home = SyncHarness(f"sqlite:///{tmp_path / 'syncer.db'}")
    home.source.failure = Unauthorized("RetroAchievements refused the key.")
    home.poll()
    with served(context_of(home)) as browser:
        for path in ("/", "/games", "/sync-health"):
            text = read(browser, path).text
            assert "0 s ago , before it resolved its player: RetroAchievements refused the key." in text
            assert "They fill with the first run" not in text
    home.close()


def test_a_configured_player_who_is_not_known_is_told_of_beside_those_who_are(tmp_path: Path) -> None:
    home = lived(f"sqlite:///{tmp_path / 'syncer.db'}")
    home.name = "Typo"
    home.poll()
    home.name = "Tester"
    with served(context_of(home)) as browser:
        for path in ("/", "/sync-health"):
            assert "before it resolved its player: " in read(browser, path).text
        home.live(3 * HOURS, QUARTER)
        assert "before it resolved its player" not in read(browser, "/").text  # long ago: it was put right
    home.close()
