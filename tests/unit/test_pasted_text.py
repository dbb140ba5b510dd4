"""Files and answers as people have them: accepted where the meaning is certain, else named."""

from pathlib import Path

import pytest

from syncer.config import load
from syncer.core.formats.site_address import achievement_page, game_id_in, game_page, user_page, username_in

from .config_files import CANARY, GOOD, problems_of, write_config

ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-be-with-mark")
CONFIG = '[api]\nusername = "Max"\nkey_file = "key"\n[[players]]\ngames = [1]\n'


def encoded(text: str, encoding: str) -> bytes:
    if encoding == "utf-16-be-with-mark":
        return b"\xfe\xff" + text.encode("utf-16-be")
    return text.encode(encoding)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_byte_order_mark_is_no_problem(folder: Path, encoding: str) -> None:
    (folder / "config.toml").write_bytes(encoded(CONFIG, encoding))
    (folder / "key").write_bytes(encoded(f"{CANARY}\r\n", encoding))
    assert load(None, {}).players[0].key.reveal() == CANARY


@pytest.mark.parametrize(("encoding", "reason"), [("utf-16-le", "UTF-16"), ("latin-1", "not text in UTF-8")])
def test_another_encoding_is_named_with_what_helps(folder: Path, encoding: str, reason: str) -> None:
    (folder / "config.toml").write_bytes(('# "Pokémon"\n' + CONFIG).encode(encoding))
    with pytest.raises(Exception, match="1 problem") as found:
        load(None, {})
    (problem,) = found.value.problems  # type: ignore[attr-defined]
    assert reason in problem
    assert "save it as UTF-8" in problem


@pytest.mark.parametrize(
    "text",
    [
        *(f"{CANARY}  \n", f"\n{CANARY}\n\n", f'"{CANARY}"\n', f"'{CANARY}'", f"“{CANARY}”", f' "{CANARY}" '),
        *(f"y={CANARY}", f'"y={CANARY}"', f'y="{CANARY}"', f"&y={CANARY}&i=1"),
        f"https://retroachievements.org/API/API_GetUserProfile.php?z=Max&y={CANARY}&u=Max",
    ],
)
def test_a_key_is_found_in_what_was_pasted(folder: Path, text: str) -> None:
    (folder / "key").write_text(text)
    path = write_config(folder, CONFIG)
    assert load(path, {}).players[0].key.reveal() == CANARY
    # Docker's --env-file keeps quotes.
    variables = {"SYNCER_API__USERNAME": '"Max"', "SYNCER_API__KEY": text}
    assert load(write_config(folder, ""), variables).owner.key.reveal() == CANARY


@pytest.mark.parametrize(
    ("text", "odd"),
    [
        (f'"{CANARY}', "a quotation mark"),
        (f"{CANARY}'", "a quotation mark"),
        (f"{CANARY} x", "a blank"),
        (f"key={CANARY}", "an equals sign"),
        (f"{CANARY}\u200b", "U+200B (zero width space)"),
        (f"\u2028{CANARY}\ufeff", "U+FEFF (zero width no-break space)"),
    ],
)
def test_a_key_with_an_odd_character_is_a_problem_that_names_it(folder: Path, text: str, odd: str) -> None:
    (folder / "key").write_text(text)
    (problem,) = problems_of(folder, CONFIG)
    assert "is not a key (32 letters and digits)" in problem
    assert f"it holds {odd}" in problem


@pytest.mark.parametrize(
    "name",
    [
        *("Max", "@Max", " Max ", "'Max'", "https://retroachievements.org/user/Max", "@Max "),
        *("retroachievements.org/user/Max/", "http://www.retroachievements.org/user/Max?tab=x#y"),
    ],
)
def test_a_user_may_be_an_address(folder: Path, name: str) -> None:
    text = f'[api]\nusername = "{name}"\nkey = "k"\n'
    assert load(write_config(folder, text), {}).players[0].username == "Max"


@pytest.mark.parametrize(
    "game",
    [
        *(
            "14402",
            " 14402 ",
            "https://retroachievements.org/game/14402",
            "retroachievements.org/game/14402/",
        ),
        *(
            "https://retroachievements.org/game2/14402?set=1",
            "https://retroachievements.org/game/14402-dragon",
        ),
    ],
)
def test_a_game_may_be_an_address(folder: Path, game: str) -> None:
    environ = GOOD | {"SYNCER_PLAYERS__0__GAMES": f"7,{game}, played"}
    (player,) = load(None, environ).players
    assert (player.games, player.played) == ((7, 14402), True)


def test_other_addresses_are_left_as_they_are(folder: Path) -> None:
    other = "https://example.org/user/Max"
    assert (username_in(other), game_id_in(other)) == (other, other)
    assert "is not a username" in problems_of(folder, f'[api]\nusername = "{other}"\nkey = "k"\n')[0]


HIDDEN = "\u200b"


@pytest.mark.parametrize(
    ("section", "setting"),
    [
        ("api", f'base_url = "https://retroachievements.org{HIDDEN}/API"'),
        ("api", f'proxy = "http://{HIDDEN}proxy:3128"'),
        ("database", f'url = "postgresql://user@host{HIDDEN}/name"'),
        ("health", f'ping_url = "https://ping.example/canary0secret{HIDDEN}"'),
        ("notify", f'urls = ["ntfys://canary0secret{HIDDEN}"]'),
        ("web", f'host = "nas{HIDDEN}"'),
    ],
)
def test_an_invisible_character_in_an_address_is_named(folder: Path, section: str, setting: str) -> None:
    (problem,) = problems_of(folder, f"[{section}]\n{setting}\n", GOOD)
    assert "invisible character U+200B (zero width space)" in problem


@pytest.mark.parametrize("host", ["192.168.0.300", "1.2.3", "12", "nas.300", "fe80::zz", ""])
def test_a_number_that_is_no_ip_address_is_no_host(folder: Path, host: str) -> None:
    (problem,) = problems_of(folder, f'[web]\nhost = "{host}"\n', GOOD)
    assert "is not an address to listen on" in problem


@pytest.mark.parametrize("host", ["nas", "nas-2.local", "192.168.0.30", "::1", "my_container", "host1"])
def test_names_and_addresses_are_hosts(folder: Path, host: str) -> None:
    assert load(write_config(folder, f'[web]\nhost = "{host}"\nallowed_hosts = ["{host}"]\n'), GOOD)


def test_pages_of_the_site_have_addresses() -> None:
    assert game_page(14402) == "https://retroachievements.org/game/14402"
    assert achievement_page(9) == "https://retroachievements.org/achievement/9"
    assert user_page("Zoë/?") == "https://retroachievements.org/user/Zo%C3%AB%2F%3F"
