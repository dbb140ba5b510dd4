"""URLs of notification services: parsing, names that reveal nothing, and redaction in logs."""

import logging

import pytest

from syncer.config import load, secrets_in
from syncer.config.notify_urls import parse_urls
from syncer.config.services import service_names
from syncer.core.errors import ConfigError
from syncer.core.notifications.model import DEFAULT_KINDS, MessageKind
from syncer.telemetry.log import RedactingFormatter

GOOD = {"SYNCER_API__USERNAME": "Max", "SYNCER_API__KEY": "canary0key", "SYNCER_PLAYERS__0__GAMES": "1"}
MAIL = "mailto://max:canary0pass@mail.example?to=a@b.example,c@d.example"


@pytest.mark.parametrize(
    ("value", "urls"),
    [
        ("ntfys://one", ("ntfys://one",)),
        ("ntfys://one,ntfys://two", ("ntfys://one", "ntfys://two")),
        ("ntfys://one\nntfys://two\r\n", ("ntfys://one", "ntfys://two")),  # as a file has it
        (f"{MAIL}, ntfys://two", (MAIL, "ntfys://two")),  # a comma inside a URL
        (["ntfys://one", " ntfys://one"], ("ntfys://one",)),  # listed once
        ([], ()),
    ],
)
def test_urls_are_parsed(value: object, urls: tuple[str, ...]) -> None:
    assert parse_urls(value) == urls


@pytest.mark.parametrize("value", ["", "canary0topic", ["ntfys://x", "canary0topic"], 5, [5]])
def test_a_value_without_urls_is_rejected(value: object) -> None:
    with pytest.raises(ValueError, match=r"^(number \d|is not a list)") as found:
        parse_urls(value)
    assert "canary0" not in str(found.value)


def test_a_name_shows_the_kind_and_does_not_confirm_a_guess() -> None:
    first, second, third = service_names(["NTFYS://one", "ntfys://two", "json://one"])
    assert (first[:6], second[:6], third[:5]) == ("ntfys-", "ntfys-", "json-")
    assert first != second
    assert service_names(["ntfys://one", "ntfys://one"])[1] == f"{service_names(['ntfys://one'])[0]}-2"
    many = service_names([f"ntfys://{n}" for n in range(2000)])
    assert len({name[:10] for name in many}) < 2000  # several URLs share their digits


def test_all_kinds_but_those_by_choice_are_sent_unless_some_are_selected() -> None:
    urls = {"SYNCER_NOTIFY__URLS": "ntfys://one"}
    assert load(None, GOOD | urls).notify_on == frozenset(DEFAULT_KINDS)
    config = load(None, GOOD | urls | {"SYNCER_NOTIFY__ON": "mastered, failing"})
    assert config.notify_on == {MessageKind.MASTERED, MessageKind.FAILING}
    chosen = load(None, GOOD | urls | {"SYNCER_NOTIFY__ON": "streak", "SYNCER_NOTIFY__STREAK_HOUR": "21"})
    assert chosen.notify_on == {MessageKind.STREAK}
    assert chosen.streak_hour == 21
    with pytest.raises(ConfigError) as found:
        load(None, GOOD | {"SYNCER_NOTIFY__ON": "missed,failing"})  # the digest of others
    assert "'missed' is not a kind of message" in found.value.problems[0]
    assert load(None, GOOD).services == ()


def test_no_part_of_a_url_appears_in_a_log() -> None:
    urls = (
        MAIL,
        "discord://4174216298/canary0%2Ftoken?footer=yes",
        "ntfy://canary0topic",
        "json://h:8/canary0x",
    )
    formatter = RedactingFormatter([secret for url in urls for secret in secrets_in(url)], as_json=False)
    secrets = (
        "canary0pass",
        "canary0%2Ftoken",
        "canary0/token",
        "4174216298",
        "canary0topic",
        "canary0x",
        *urls,
    )
    for secret in secrets:
        record = logging.LogRecord("x", 30, "", 1, "POST http://127.0.0.1/%s failed", (secret,), None)
        text = formatter.format(record)
        assert "canary0" not in text
        assert "4174216298" not in text
    plain = logging.LogRecord("x", 30, "", 1, "mail.example answered yes to GET h", (), None)
    assert formatter.format(plain).endswith("mail.example answered yes to GET h")


def test_a_url_is_in_no_repr() -> None:
    config = load(None, GOOD | {"SYNCER_NOTIFY__URLS": "ntfys://canary0topic"})
    assert "canary0" not in repr(config)
    assert dict((name, value) for name, value, _ in config.shown)["notify.urls"] == "***"
