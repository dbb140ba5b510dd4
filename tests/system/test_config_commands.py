"""The real `config check` and `config show`."""

from .simulated_site import KEY, Site, run_cli


def test_config_check_lists_every_problem(site: Site) -> None:
    path = site.folder / "config.toml"
    path.write_text('[api]\nusernme = "x"\ntimeout = "3x"\n[[players]]\ngames = ["two"]\n')
    result = run_cli(site, "config", "check")
    assert result.code == 78
    assert all(
        word in result.err
        for word in ("did you mean username?", "'3x' is not a duration", "'two' is not a game id")
    )


def test_config_check_says_how_more_games_than_one_request_holds_are_polled(site: Site) -> None:
    site.configure(every="1h", games='"played"')
    result = run_cli(site, "config", "check")
    assert (result.code, result.err) == (0, "")
    first, *_, idle, play = result.out.splitlines()[1:]
    assert first.startswith("Tester: only those played last are polled every 1h, and every game at")
    path = site.folder / "config.toml"
    path.write_text(path.read_text().replace("[schedule]\n", f"[schedule]\n{idle}\n{play}\n"))
    assert run_cli(site, "config", "check").out == "The configuration is valid: 1 player, all played games.\n"
    for name, key in (("idle_every", "SCHEDULE__IDLE_EVERY"), ("sessions", "PLAYERS__0__SESSIONS")):
        odd = run_cli(site, "config", "check", environ={f"SYNCER_{key}": "soon"})
        assert (odd.code, name.upper() in odd.err) == (78, True)


def test_config_show_masks_the_key(site: Site) -> None:
    result = run_cli(site, "config", "show", "--json")
    assert {"name": "api.key", "value": "***", "origin": "file key"} in result.document["settings"]
    assert KEY not in result.out
    assert "api.base_url" in run_cli(site, "config", "show").out
    assert "1 player, 4 games" in run_cli(site, "config", "check").out
