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
    assert first.startswith("Tester: of the played games, those played last are polled every 1h")
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


def test_config_show_prints_once_what_most_players_share(site: Site) -> None:
    path = site.folder / "config.toml"
    text = path.read_text().partition("[[players]]")[0]
    players = [f'[[players]]\nusername = "Player{number}"\ngames = ["played"]\n' for number in range(5)]
    path.write_text(text + "".join(players) + "rank = false\n")
    lines = [line.split() for line in run_cli(site, "config", "show").out.splitlines()]
    names = [words[0] for words in lines if words[0].startswith("players.")]
    assert names.count("players.*.games") == 1
    assert [name for name in names if name.endswith(".rank")] == ["players.*.rank", "players.4.rank"]
    assert sum(name.endswith(".username") for name in names) == 5
    assert len(run_cli(site, "config", "show", "--json").document["settings"]) > len(lines) + 20


def test_a_configuration_that_is_only_to_read_says_so_and_what_works(site: Site) -> None:
    (site.folder / "config.toml").write_text(f'[database]\nurl = "{site.url}"\n')
    for words in (("plan",), ("config", "show"), ("config", "check"), ("doctor", "--offline"), ("sync",)):
        result = run_cli(site, *words)
        said = " ".join((result.out + result.err).split())
        assert (result.code, "it is enough only to read" in said) == (78, True), words
        assert "What is stored there: syncer status" in said
        assert "syncer config check" not in said
