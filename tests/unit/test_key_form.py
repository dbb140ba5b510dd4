"""A key of another form than the site's is warned of, and a cut one is not taken by a running daemon."""

from pathlib import Path

import pytest

from syncer.config import Config, load, reread_secrets
from syncer.core.errors import ConfigError

from .config_files import write_config

WHOLE = "abcdefghijklmnop0123456789ABCDEF"
TEXT = '[api]\nusername = "Max"\nkey_file = "secret"\n[[players]]\nusername = "Max"\ngames = [1]\n'
OTHER = '[[players]]\nusername = "Moe"\ngames = [1]\napi_key = "{}"\n'
COPY = "; try: copy the key again (site: Settings, Web API Key)"


def load_with(folder: Path, key: str, text: str = TEXT) -> Config:
    (folder / "secret").write_text(key)
    (folder / "secret").chmod(0o600)
    return load(write_config(folder, text), {"TZ": "UTC"})


@pytest.mark.parametrize("key", [WHOLE[:31], WHOLE * 2, "YOUR_WEB_API_KEY", "x", "abc\n"])
def test_a_key_of_another_length_is_warned_of_and_not_shown(folder: Path, key: str) -> None:
    size = len(key.strip())
    (warning,) = load_with(folder, key).warnings
    has = f"has {size} character{'s' * (size > 1)}; keys of RetroAchievements have 32"
    assert warning == f"file secret: [api] key: {has}{COPY}"


def test_a_key_with_signs_and_each_players_own_key_are_warned_of(folder: Path) -> None:
    assert load_with(folder, WHOLE, TEXT + OTHER.format(WHOLE)).warnings == ()
    first, second = load_with(folder, f"{WHOLE[:-1]}-", TEXT + OTHER.format("short")).warnings
    assert first.endswith(
        "[api] key: holds a sign; keys of RetroAchievements have letters and digits only" + COPY
    )
    assert second.endswith(f"[players.1] api_key: has 5 characters; keys of RetroAchievements have 32{COPY}")


def test_a_running_daemon_takes_no_key_that_is_still_being_written(folder: Path) -> None:
    config = load_with(folder, WHOLE)
    for cut in ("abc", WHOLE[:15]):
        (folder / "secret").write_text(cut)
        with pytest.raises(ConfigError) as found:
            reread_secrets(config)
        (problem,) = found.value.problems
        assert problem == f"the new key of Max is not yet written: it has {len(cut)} characters"
    (folder / "secret").write_text(WHOLE[::-1])
    assert reread_secrets(config).owner.key.reveal() == WHOLE[::-1]
    # What is in use stays in use: the daemon was started with it.
    short = load_with(folder, "abc")
    assert reread_secrets(short).owner.key.reveal() == "abc"
