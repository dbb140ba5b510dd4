"""Each planted fault is found by the one check whose business it is; the healthy are left in peace."""

import ctypes
import hashlib
import re
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from syncer.cli.main import COMMANDS
from syncer.core.clock import SystemClock
from syncer.doctor import CHECKS
from syncer.doctor.environment import SAFE_SQLITE
from syncer.store.db.engine import Database
from syncer.store.db.tables import players, snapshots, targets

from .simulated_site import KEY, CliResult, Site, a_site, run_cli

OLD_SQLITE = {"sqlite": "warn"} if sqlite3.sqlite_version_info < SAFE_SQLITE else {}
TO_TYPE = re.compile(r"syncer (--config \S+ )?\w+|\b(chmod|rm|timedatectl|sqlite3) |\[\[?\w+\]")
HOURS = timedelta(hours=1)
Plant = Callable[[Site], object]


# -- what is asked of doctor ----------------------------------------------------------------------------


def complaints(said: CliResult) -> dict[str, str]:
    """Which checks speak, and how loudly; but for this machine's SQLite."""
    spoken = {c["name"]: c["status"] for c in said.document["checks"] if c["status"] != "ok"}
    return {name: status for name, status in spoken.items() if OLD_SQLITE.get(name) != status}


def hint_of(said: CliResult, check: str) -> str:
    found: str = next(c["hint"] for c in said.document["checks"] if c["name"] == check)
    return found


def assert_found(site: Site, check: str, status: str, code: int, what: str, *more: str) -> CliResult:
    """Exactly this check speaks, in words that help. Offline and as text it does not crash."""
    said = run_cli(site, "doctor", "--json", *more)
    assert (complaints(said), said.code) == ({check: status}, code), said.out + said.err
    assert said.document["ok"] is (status == "warn")
    told = next(c for c in said.document["checks"] if c["name"] == check)
    assert what in told["what"]
    assert TO_TYPE.search(told["hint"]), told["hint"]
    assert all(word in COMMANDS for word in re.findall(r"syncer (\w+)", told["hint"]))
    assert not re.search(r"[\x00-\x1f]", told["what"] + told["hint"])
    sent = len(site.server.requests)
    plain = run_cli(site, "doctor", "--offline")
    assert len(site.server.requests) == sent
    assert KEY not in said.out + said.err + plain.out + plain.err
    assert "Traceback" not in said.err + plain.err
    return said


def assert_healthy(site: Site, *more: str) -> None:
    said = run_cli(site, "doctor", "--json", *more)
    assert (complaints(said), said.code, said.err) == ({}, 0, ""), said.out + said.err
    assert [c["name"] for c in said.document["checks"]] == list(CHECKS)


def synced(site: Site) -> Site:
    if not site.url.startswith("sqlite"):
        assert run_cli(site, "db", "upgrade").code == 0
    assert run_cli(site, "sync").code == 0
    return site


# -- how faults are planted -----------------------------------------------------------------------------


def now() -> datetime:
    return SystemClock().now()


def store(site: Site, *statements: sa.Executable) -> None:
    database = Database(site.url)
    with database.writing() as tx:
        for statement in statements:
            tx.execute(statement)
    database.close()


def edit(site: Site, old: str, new: str) -> None:
    path = site.folder / "config.toml"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


def called(site: Site, name: str, more: str = "") -> None:
    site.configure()
    edit(site, "[[players]]", f'[[players]]\nusername = "{name}"{more}')


def sync_in(weather: str) -> Plant:
    """A run in that weather, which is over when the doctor comes."""

    def plant(site: Site) -> None:
        site.server.fault = weather
        assert run_cli(site, "sync").code != 0
        site.server.fault = None

    return plant


def weather(name: str) -> Plant:
    return lambda site: setattr(site.server, "fault", name)


def key_in_a_public_config(site: Site) -> None:
    site.world.add_account("Owner", "o" * 32)
    edit(site, 'key_file = "key"', f'key = "{"o" * 32}"')
    (site.folder / "config.toml").chmod(0o644)


def public_key_file(site: Site) -> None:
    (site.folder / "key").chmod(0o640)


def wrong_key(site: Site) -> None:
    (site.folder / "key").write_text("not0the0key")


def players_are(site: Site, *names: str) -> None:
    """Each with one game, all on the key of Tester."""
    site.configure(games="[1]")
    head = (site.folder / "config.toml").read_text().partition("[[players]]")[0]
    entries = [f'[[players]]\nusername = "{name}"\ngames = [1]\n' for name in names]
    (site.folder / "config.toml").write_text(head + "".join(entries))


def closed_port(site: Site) -> None:
    edit(site, site.server.base_url, "http://127.0.0.1:1/API")


def six_players_on_one_key(site: Site) -> None:
    friends = [f"Friend{n}" for n in range(5)]
    for name in friends:
        site.world.add_account(name)
    players_are(site, "Tester", *friends)
    assert run_cli(site, "sync").code == 0


def overwritten(site: Site, page: int, end: str = "") -> None:
    with (site.folder / f"syncer.db{end}").open("r+b") as file:
        file.seek(4096 * page)
        file.write(b"\xa5" * 4096)


def emptied(site: Site) -> None:
    for file in site.folder.glob("syncer.db*"):
        file.unlink()
    (site.folder / "syncer.db").touch()


def of_another_program(site: Site) -> None:
    for file in site.folder.glob("syncer.db*"):
        file.unlink()
    connection = sqlite3.connect(site.folder / "syncer.db")
    connection.execute("CREATE TABLE recipes (cake TEXT)")
    connection.close()


def below_a_file(site: Site) -> None:
    (site.folder / "file").touch()
    site.url = f"sqlite:///{site.folder / 'file' / 'deep' / 'syncer.db'}"
    site.configure()


def a_folder_in_its_place(name: str) -> Plant:
    def plant(site: Site) -> None:
        (site.folder / name).unlink()
        (site.folder / name).mkdir()

    return plant


def public_database(site: Site) -> None:
    (site.folder / "syncer.db").chmod(0o644)
    (site.folder / "syncer.db-budget").chmod(0o604)


def elsewhere(url: str) -> Plant:
    def plant(site: Site) -> None:
        site.url = url
        site.configure()

    return plant


def interrupted_looking(site: Site) -> None:
    """Nobody looked for some hours, until just now."""
    store(
        site,
        snapshots.update().values(first_seen_at=now() - 5 * HOURS, last_seen_at=now() - 4 * HOURS),
        targets.update().values(expected_at=now() - 4 * HOURS),
    )
    assert run_cli(site, "sync").code == 0


def without_achievements(site: Site) -> None:
    site.configure(games="[1, 2, 3, 4, 999999]")
    assert run_cli(site, "sync").code == 0


def gone(site: Site) -> None:
    site.world.add_account("Moss", "m" * 32)
    called(site, "Moss")
    assert run_cli(site, "sync").code == 0
    site.world.delete_account("Moss")
    store(site, players.update().values(profile_checked_at=now() - 48 * HOURS))
    assert run_cli(site, "sync").code != 0


def renamed_away(site: Site) -> None:
    """Only a first name resolves for ever: Middle is free again."""
    site.world.add_account("Moss", "m" * 32)
    site.world.rename("Moss", "Middle")
    called(site, "Middle")
    assert run_cli(site, "sync").code == 0
    site.world.rename("Moss", "Newest")


def taken_over(site: Site) -> None:
    renamed_away(site)
    site.world.add_account("Middle", "s" * 32)


def overlapping(site: Site) -> None:
    site.earn(1)
    assert run_cli(site, "sync").code == 0
    store(site, snapshots.update().where(~snapshots.c.is_open).values(last_seen_at=now()))


def out_of_order(site: Site) -> None:
    site.earn(1)
    assert run_cli(site, "sync").code == 0
    store(site, sa.text("UPDATE snapshots SET id = id + 1000 WHERE NOT is_open"))


def for_hours(plant: Plant, *games: int) -> Plant:
    """Since then the daemon has looked at all the others."""

    def planted(site: Site) -> None:
        plant(site)
        mine = targets.c.game_id.in_(games)
        store(site, targets.update().where(mine).values(expected_at=now() - 3 * HOURS))

    return planted


def name_too_long(site: Site) -> None:
    site.url = f"sqlite:///{site.folder / ('n' * 300) / 'syncer.db'}"
    site.configure()


def loop_of_links(site: Site) -> None:
    (site.folder / "loop").symlink_to("loop")
    site.url = f"sqlite:///{site.folder / 'file.db'}"
    site.configure()
    edit(site, "file.db", "loop/syncer.db")


def updating(statement: Callable[[], sa.Executable]) -> Plant:
    return lambda site: store(site, statement())


def typed_sql(text: str) -> Plant:
    return lambda site: store(site, sa.text(text))


# -- the faults -----------------------------------------------------------------------------------------

Row = tuple[Plant, str, str, int, str]
OF_THE_SITE: dict[str, Row] = {
    "a wrong key": (wrong_key, "key", "fail", 77, "refused the key"),
    "a misspelt player": (lambda s: called(s, "Testerr"), "players", "fail", 78, "no player Testerr"),
    "a closed port": (closed_port, "key", "fail", 69, "no connection"),
    "a wrong address": (lambda s: edit(s, "/API", "/APY"), "key", "fail", 69, "no such page"),
    "a web page": (weather("html_200"), "key", "fail", 69, "web page"),
    "a challenge": (weather("403"), "key", "fail", 69, "403"),
    "a server error": (weather("500"), "key", "fail", 69, "500"),
    "told to wait just now": (weather("429_after_600"), "key", "fail", 75, "asked to wait until"),
    "a clock six hours off": (weather("date_off:6"), "clock", "fail", 69, "s apart"),
    "a clock six hours off the other way": (weather("date_off:-6"), "clock", "fail", 69, "s apart"),
    "a clock five minutes off": (weather("date_off:0.0834"), "clock", "warn", 0, "s apart"),
    "an outage at the last run": (sync_in("403"), "runs", "warn", 0, "failed"),
    "more than five players on one key": (six_players_on_one_key, "configuration", "warn", 0, "five"),
}
OF_THE_HISTORY: dict[str, Row] = {
    "told to wait before": (sync_in("429_after_600"), "budget", "warn", 0, "the site asked for it"),
    "overdue targets": (
        updating(lambda: targets.update().values(expected_at=now() - 3 * HOURS)),
        *("cadence", "fail", 69, "4 games of Tester"),
    ),
    "too few runs": (
        updating(lambda: targets.update().values(added_at=now() - 24 * HOURS)),
        *("cadence", "warn", 0, "1 run in 24 h, 96 are promised"),
    ),
    "a recent gap": (interrupted_looking, "gaps", "warn", 0, "1 gap of Tester"),
    "rows from the future": (
        updating(lambda: snapshots.update().values(last_seen_at=now() + 3 * HOURS)),
        *("future", "fail", 65, "4 stretches"),
    ),
    "a failing target": (sync_in("500_with_id:3"), "targets", "warn", 0, "no answer about game 3"),
    "a target that fails for hours": (
        for_hours(sync_in("500_with_id:3"), 3),
        *("targets", "warn", 0, "no answer about game 3"),
    ),
    "answers that are not believed for hours": (
        for_hours(sync_in("zeros"), 1, 2, 3, 4),
        *("doubts", "warn", 0, "games 1, 2, 3"),
    ),
    "an id without achievements": (without_achievements, "targets", "warn", 0, "game 999999"),
    "answers that are not believed": (sync_in("zeros"), "doubts", "warn", 0, "games 1, 2, 3"),
    "a player who is gone": (gone, "players", "warn", 0, "Moss is gone"),
    "a name that nobody has any more": (renamed_away, "players", "warn", 0, "nobody has the name Middle"),
    "a name taken over": (taken_over, "players", "warn", 0, "somebody else"),
    "overlapping stretches": (overlapping, "rules", "fail", 65, "1 overlapping"),
    "stretches out of order": (out_of_order, "rules", "fail", 65, "1 stretches out of order"),
    "stretches of nobody's target": (
        typed_sql("DELETE FROM targets WHERE game_id = 4"),
        *("rules", "fail", 65, "1 stretches of nobody's target"),
    ),
    "a missing view": (typed_sql("DROP VIEW coverage_gaps"), "rules", "fail", 65, "coverage_gaps is missing"),
    "a missing table": (typed_sql("DROP TABLE rejections"), "rules", "fail", 65, "rejections is missing"),
    "a newer schema": (
        typed_sql("UPDATE alembic_version SET version_num = '0999'"),
        *("schema", "fail", 78, "revision 0999"),
    ),
}


@pytest.mark.parametrize("fault", OF_THE_HISTORY)
def test_what_ails_the_history_is_found_on_each_database(each_site: Site, fault: str) -> None:
    plant, *found = OF_THE_HISTORY[fault]
    assert_healthy(synced(each_site))
    plant(each_site)
    assert_found(each_site, *found)  # type: ignore[arg-type]


OF_FILES: dict[str, Row] = {
    "TOML that is none": (lambda s: edit(s, "le]", "le"), "configuration", "fail", 78, "is not TOML"),
    "a misspelt setting": (
        lambda s: edit(s, "every", "evry"),
        *("configuration", "fail", 78, "did you mean every?"),
    ),
    "a key in a public configuration": (key_in_a_public_config, "configuration", "warn", 0, "holds a key"),
    "a public key file": (public_key_file, "configuration", "warn", 0, "others can read it"),
    "no configuration": (
        lambda s: (s.folder / "config.toml").unlink(),
        *("configuration", "fail", 78, "no such file"),
    ),
    "no key file": (lambda s: (s.folder / "key").unlink(), "configuration", "fail", 78, "cannot be read"),
    "an overwritten first page": (lambda s: overwritten(s, 0), "database", "fail", 65, "damaged"),
    "an empty file": (emptied, "database", "fail", 65, "is empty"),
    "another program's database": (of_another_program, "database", "fail", 78, "another program"),
    "a folder in place of the database": (
        a_folder_in_its_place("syncer.db"),
        *("database", "fail", 69, "cannot be opened"),
    ),
    "a folder that cannot be": (below_a_file, "folder", "fail", 69, "nothing can be written"),
    "a name that is too long": (name_too_long, "folder", "fail", 69, "nothing can be written"),
    "a loop of links": (loop_of_links, "folder", "fail", 69, "nothing can be written"),
    "a damaged budget": (lambda s: overwritten(s, 0, "-budget"), "budget", "warn", 0, "damaged"),
    "a folder in place of the budget": (
        a_folder_in_its_place("syncer.db-budget"),
        *("budget", "fail", 69, "cannot be opened"),
    ),
    "public database files": (public_database, "permissions", "warn", 0, "others can read"),
    "PostgreSQL down": (
        elsewhere("postgresql://tester@/history?host=/nowhere"),
        *("database", "fail", 69, "did not answer"),
    ),
    "an odd address": (elsewhere("postgresql://[x"), "configuration", "fail", 78, "database"),
}


@pytest.mark.parametrize("fault", OF_THE_SITE | OF_FILES)
def test_what_ails_the_site_and_the_files_is_found(site: Site, fault: str) -> None:
    plant, *found = (OF_THE_SITE | OF_FILES)[fault]
    assert_healthy(synced(site))
    plant(site)
    assert_found(site, *found)  # type: ignore[arg-type]


# -- PostgreSQL alone -----------------------------------------------------------------------------------


@pytest.fixture
def postgres_site(tmp_path: Path, postgres_url: str) -> Iterator[Site]:
    with a_site(tmp_path, postgres_url) as made:
        yield made


def test_a_login_that_is_refused(postgres_site: Site) -> None:
    site = synced(postgres_site)
    elsewhere(site.url.replace("tester@", "stranger@"))(site)
    assert_found(site, "database", "fail", 78, "refused the login")


def test_a_database_that_nobody_made(postgres_site: Site) -> None:
    elsewhere(re.sub(r"/syncer_\w+", "/syncer_nowhere", postgres_site.url))(postgres_site)
    assert_found(postgres_site, "database", "fail", 78, "no such database")


def test_postgres_that_was_not_upgraded_is_told_what_to_type(postgres_site: Site) -> None:
    said = assert_found(postgres_site, "schema", "fail", 78, "revision none, this version needs")
    assert hint_of(said, "schema") == "syncer db upgrade"
    assert postgres_site.server.requests == []  # the budget is in the database
    edit(postgres_site, "[api]", "auto_upgrade = true\n[api]")
    assert_healthy(postgres_site)
    assert run_cli(postgres_site, "db", "upgrade").code == 0
    assert_healthy(postgres_site)


# -- what was remembered --------------------------------------------------------------------------------


def test_what_a_key_met_before_is_told_where_nobody_is_asked(site: Site) -> None:
    for fault, what in (("401", "a key was refused"), ("403", "an outage")):
        sync_in(fault)(synced(site))
        assert_found(site, "budget", "warn", 0, what, "--offline")
        assert_found(site, "runs", "warn", 0, "the last run of Tester ended as failed")  # by now all is well
        assert_healthy(synced(site))


def test_a_first_run_that_failed_is_told_though_nobody_is_known(site: Site) -> None:
    sync_in("403")(site)
    assert_found(site, "runs", "warn", 0, "the last run ended as failed: the site refused the request")


def test_a_database_that_another_program_holds(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("syncer.store.db.engine.BUSY_MS", 50)
    connection = sqlite3.connect(synced(site).folder / "syncer.db", isolation_level=None)
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    connection.execute("BEGIN EXCLUSIVE")
    assert_found(site, "database", "fail", 75, "locked by another program")
    connection.close()
    assert_healthy(site)


def test_whichever_page_is_overwritten_it_is_damage_and_no_crash(site: Site) -> None:
    path = synced(site).folder / "syncer.db"
    whole = path.read_bytes()
    for page in range(len(whole) // 4096):
        path.write_bytes(whole)
        overwritten(site, page)
        said = run_cli(site, "doctor", "--json", "--offline")
        assert said.code == 65, (page, said.err)
        assert complaints(said) in ({"database": "fail"}, {"rules": "fail"}), (page, said.out)
        (site.folder / "syncer.db-wal").unlink(missing_ok=True)
        (site.folder / "syncer.db-shm").unlink(missing_ok=True)


# -- what a user may not do -----------------------------------------------------------------------------

PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 24, 1, 2


def heed_permissions() -> None:
    """In a new process: root may do no more than what the files let their owner do."""
    for capability in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
        ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)


@pytest.mark.parametrize(
    ("path", "locked", "mode", "check", "what"),
    [
        ("home/deep/syncer.db", "home", 0o000, "folder", "nothing can be written in"),  # not even looked at
        ("home/syncer.db", "home", 0o500, "folder", "nothing can be written in"),
        ("syncer.db", "syncer.db", 0o400, "database", "can be read, but not written"),
    ],
)
def test_what_may_not_be_written(
    site: Site, path: str, locked: str, mode: int, check: str, what: str
) -> None:
    synced(site)
    (site.folder / "home" / "deep").mkdir(parents=True, exist_ok=True)
    elsewhere(f"sqlite:///{site.folder / path}")(site)
    (site.folder / locked).chmod(mode)
    out, err = site.start("doctor", "--json", preexec_fn=heed_permissions).communicate(timeout=60)
    (site.folder / locked).chmod(0o700)
    said = CliResult(69, out, err)
    assert (complaints(said), err) == ({check: "fail"}, "")
    assert what in out
    assert TO_TYPE.search(hint_of(said, check))


# -- more than one --------------------------------------------------------------------------------------


def test_every_player_is_told_of_and_the_first_failure_gives_the_code(site: Site) -> None:
    synced(site)
    players_are(site, "Tester", "Testerr", "Teste")
    both = "no player Testerr; RetroAchievements knows no player Teste"
    said = assert_found(site, "players", "fail", 78, both)
    assert hint_of(said, "players").count("Correct username") == 1
    store(site, targets.update().values(expected_at=now() - 3 * HOURS))
    wrong_key(site)
    said = run_cli(site, "doctor", "--json")
    assert (complaints(said), said.code) == ({"key": "fail", "cadence": "fail"}, 77)


def test_a_refused_key_is_told_by_its_owner_and_the_other_one_is_tried(site: Site) -> None:
    site.world.add_account("Moss", "m" * 32)
    players_are(site, "Tester", "Moss", "Friend")
    edit(site, '"Moss"', '"Moss"\napi_username = "Moss"\napi_key_file = "other"')
    (site.folder / "other").touch(0o600)
    (site.folder / "other").write_text("not0the0key")
    said = run_cli(site, "doctor", "--json")
    assert (complaints(said), said.code) == ({"key": "fail", "players": "fail"}, 77)
    assert "the key of Moss" in said.out
    assert [asked.user for asked in site.server.requests] == ["Tester", "Moss", "Friend"]


# -- the healthy ----------------------------------------------------------------------------------------


def files(site: Site) -> dict[str, str]:
    """But for the budget, and what SQLite lays beside a database that is read."""
    found = {f.name: f for f in site.folder.iterdir() if f.is_file()}
    kept = {name for name in found if not re.search("-(budget.*|wal|shm)$", name)}
    return {name: hashlib.sha256(found[name].read_bytes()).hexdigest() for name in kept}


def test_before_the_first_sync_all_is_well_and_nothing_is_made_but_the_budget(site: Site) -> None:
    before = files(site)
    assert_healthy(site, "--offline")
    assert (site.server.requests, list(site.folder.glob("syncer.db*"))) == ([], [])
    assert_healthy(site)
    assert files(site) == before
    assert [file.name for file in site.folder.glob("syncer.db*")] == ["syncer.db-budget"]
    assert len(site.server.requests) == 1


def test_after_a_sync_all_is_well_and_the_history_stays_as_it_was(site: Site) -> None:
    before, sent = files(synced(site)), len(site.server.requests)
    assert_healthy(site)
    assert (files(site), len(site.server.requests)) == (before, sent + 1)
    said = run_cli(site, "doctor")
    assert (said.code, said.out.count("\nok    ") + bool(OLD_SQLITE)) == (0, len(CHECKS) - 1)
    assert KEY not in said.out + said.err


@pytest.mark.parametrize("name", ["echo_200", "echo_500", "html_200", "401", "403", "500", "429_after_600"])
def test_one_question_for_each_player_whatever_the_site_says_and_the_key_is_never_told(
    site: Site, name: str
) -> None:
    six_players_on_one_key(site)
    sent = len(site.server.requests)
    assert run_cli(site, "doctor").code == 0
    assert len(site.server.requests) == sent + 6
    site.server.fault = name
    said = run_cli(site, "-v", "doctor")
    assert len(site.server.requests) == sent + 7  # one answer says it of all
    assert (said.code in (69, 75, 77), KEY in said.out + said.err) == (True, False)


COPIES = {
    "sqlite": """
        WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 50000)
        INSERT INTO snapshots ({columns})
        SELECT 4 * n + s.id - 1000000, strftime('%Y-%m-%d %H:%M:%f', s.first_seen_at, {back}),
               strftime('%Y-%m-%d %H:%M:%f', s.first_seen_at, {back}), false, {rest}
        FROM snapshots s, n""".replace("{back}", "(-10 * (50001 - n)) || ' minutes'"),
    "postgresql": """
        INSERT INTO snapshots ({columns})
        SELECT 4 * n + s.id - 1000000, s.first_seen_at - {back}, s.first_seen_at - {back}, false, {rest}
        FROM snapshots s, generate_series(1, 50000) AS n""".replace(
        "{back}", "(50001 - n) * interval '10 minutes'"
    ),
}


def lengthen(site: Site) -> None:
    """50,000 stretches more for each of the four games, ten minutes apart."""
    own = ("id", "first_seen_at", "last_seen_at", "is_open")
    rest = [c.name for c in snapshots.columns if c.name not in own]
    copy = COPIES[site.url.partition(":")[0]]
    columns, values = ", ".join([*own, *rest]), ", ".join(f"s.{name}" for name in rest)
    store(
        site,
        sa.text("UPDATE snapshots SET id = id + 1000000"),
        sa.text(copy.replace("{columns}", columns).replace("{rest}", values)),
    )


def test_a_long_history_is_examined_whole(each_site: Site) -> None:
    lengthen(synced(each_site))
    assert_healthy(each_site)
    store(each_site, overlap_deep_in_the_past())
    assert_found(each_site, "rules", "fail", 65, "1 overlapping stretches")


def overlap_deep_in_the_past() -> sa.Executable:
    after = snapshots.alias()
    next_one = sa.select(after.c.first_seen_at).where(after.c.id == 40_004).scalar_subquery()
    return snapshots.update().where(snapshots.c.id == 40_000).values(last_seen_at=next_one)


def test_an_absence_is_one_gap_however_many_games_there_are(each_site: Site) -> None:
    mine = snapshots.c.game_id == 4
    longer = (
        snapshots.update().where(mine).values(first_seen_at=now() - 9 * HOURS, last_seen_at=now() - 8 * HOURS)
    )
    plants = (
        snapshots.update().values(first_seen_at=now() - 5 * HOURS, last_seen_at=now() - 4 * HOURS),
        longer,
    )
    store(synced(each_site), *plants, targets.update().values(expected_at=now() - 4 * HOURS))
    assert [row[-2:] for row in gap_rows(each_site)] == [["8", "h"], ["4", "h"]]
    assert "still running" in run_cli(each_site, "gaps").out
    assert run_cli(each_site, "sync").code == 0
    assert [row[1:3] for row in gap_rows(each_site)] == [["Game", "4"], ["3", "games"]]
    assert len(run_cli(each_site, "gaps", "--json").document["gaps"]) == 4
    assert ", 2 gaps" in run_cli(each_site, "status").out
    assert run_cli(each_site, "status", "--json").document["players"][0]["gaps"] == 2
    assert_found(each_site, "gaps", "warn", 0, "2 gaps of Tester")


def gap_rows(site: Site) -> list[list[str]]:
    return [line.split() for line in run_cli(site, "gaps").out.splitlines()[1:]]


# -- the hints, typed -----------------------------------------------------------------------------------


@pytest.mark.parametrize("plant", [key_in_a_public_config, public_key_file, public_database, emptied])
def test_what_is_to_be_typed_into_a_shell_heals(tmp_path: Path, plant: Plant) -> None:
    folder = tmp_path / "my folder; it's mine"
    folder.mkdir()
    with a_site(folder, f"sqlite:///{folder / 'syncer.db'}") as site:
        plant(synced(site))
        said = run_cli(site, "doctor", "--json")
        (check,) = complaints(said)
        command = re.search("(chmod|rm) .*?(?=; then|$)", hint_of(said, check))
        assert command
        subprocess.run(["sh", "-c", command[0]], check=True)
        assert_healthy(site)


def test_a_hint_that_names_a_command_of_ours_heals(site: Site) -> None:
    overwritten(synced(site), 0, "-budget")
    told = hint_of(run_cli(site, "doctor", "--json", "--offline"), "budget")
    assert run_cli(site, *told.rpartition("syncer ")[2].split()).code == 0
    assert_healthy(site)
    interrupted_looking(site)
    told = hint_of(run_cli(site, "doctor", "--json"), "gaps")
    assert len(run_cli(site, *told.split()[1:], "--json").document["gaps"]) == 4


def test_the_ulid_of_the_hint_brings_the_player_back(site: Site) -> None:
    taken_over(site)
    told = hint_of(run_cli(site, "doctor", "--json"), "players")
    edit(site, 'username = "Middle"', told.partition("write: ")[2])
    assert_healthy(site)
