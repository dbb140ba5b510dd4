"""Addresses that messages go to: read from anywhere, named without being shown, hidden from every log."""

import logging

import pytest

from syncer.config import load, secrets_in
from syncer.config.notify_urls import parse_urls
from syncer.config.services import service_names
from syncer.core.errors import ConfigError
from syncer.core.notifications.model import SELECTABLE_KINDS, MessageKind
from syncer.telemetry.log import RedactingFormatter

GOOD = {"SYNCER_API__USERNAME": "Max", "SYNCER_API__KEY": "canary0key", "SYNCER_PLAYERS__0__GAMES": "1"}
MAIL = "mailto://max:canary0pass@mail.example?to=a@b.example,c@d.example"


@pytest.mark.parametrize(
    ("said", "urls"),
    [
        ("ntfys://one", ("ntfys://one",)),
        ("ntfys://one,ntfys://two", ("ntfys://one", "ntfys://two")),
        ("ntfys://one\nntfys://two\r\n", ("ntfys://one", "ntfys://two")),  # as a file has it
        (f"{MAIL}, ntfys://two", (MAIL, "ntfys://two")),  # a comma of its own
        (["ntfys://one", " ntfys://one"], ("ntfys://one",)),  # told once
        ([], ()),
    ],
)
def test_a_list_of_addresses(said: object, urls: tuple[str, ...]) -> None:
    assert parse_urls(said) == urls


@pytest.mark.parametrize("said", ["", "canary0topic", ["ntfys://x", "canary0topic"], 5, [5]])
def test_no_list_of_addresses(said: object) -> None:
    with pytest.raises(ValueError, match=r"^(number \d|is not a list)") as found:
        parse_urls(said)
    assert "canary0" not in str(found.value)


def test_a_name_tells_the_kind_and_confirms_no_guess() -> None:
    first, second, third = service_names(["NTFYS://one", "ntfys://two", "json://one"])
    assert (first[:6], second[:6], third[:5]) == ("ntfys-", "ntfys-", "json-")
    assert first != second
    assert service_names(["ntfys://one", "ntfys://one"])[1] == f"{service_names(['ntfys://one'])[0]}-2"
    many = service_names([f"ntfys://{n}" for n in range(2000)])
    assert len({name[:10] for name in many}) < 2000  # four digits fit many an address


def test_everything_is_told_unless_something_is_chosen() -> None:
    urls = {"SYNCER_NOTIFY__URLS": "ntfys://one"}
    assert load(None, GOOD | urls).notify_on == frozenset(SELECTABLE_KINDS)
    config = load(None, GOOD | urls | {"SYNCER_NOTIFY__ON": "mastered, failing"})
    assert config.notify_on == {MessageKind.MASTERED, MessageKind.FAILING}
    with pytest.raises(ConfigError) as found:
        load(None, GOOD | {"SYNCER_NOTIFY__ON": "completed,failing"})  # is wanted by the word mastered
    assert "'completed' is not a kind of message" in found.value.problems[0]
    assert load(None, GOOD).services == ()


def test_no_log_shows_a_part_of_an_address() -> None:
    urls = (
        MAIL,
        "discord://4174216298/canary0%2Ftoken?footer=yes",
        "ntfy://canary0topic",
        "json://h:8/canary0x",
    )
    hidden = RedactingFormatter([secret for url in urls for secret in secrets_in(url)], as_json=False)
    said = (
        "canary0pass",
        "canary0%2Ftoken",
        "canary0/token",
        "4174216298",
        "canary0topic",
        "canary0x",
        *urls,
    )
    for secret in said:
        record = logging.LogRecord("x", 30, "", 1, "POST http://127.0.0.1/%s failed", (secret,), None)
        text = hidden.format(record)
        assert "canary0" not in text
        assert "4174216298" not in text
    plain = logging.LogRecord("x", 30, "", 1, "mail.example answered yes to GET h", (), None)
    assert hidden.format(plain).endswith("mail.example answered yes to GET h")


def test_an_address_is_in_no_representation() -> None:
    config = load(None, GOOD | {"SYNCER_NOTIFY__URLS": "ntfys://canary0topic"})
    assert "canary0" not in repr(config)
    assert dict((name, value) for name, value, _ in config.shown)["notify.urls"] == "***"
