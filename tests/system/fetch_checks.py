"""Checks of `syncer fetch` that several files share."""

from .simulated_site import KEY, CliResult, Site


def environment_only(site: Site) -> dict[str, str]:
    """Return the environment of a user without a configuration file, who has a name and a key."""
    (site.folder / "config.toml").write_text("")
    return {
        "SYNCER_API__USERNAME": "Tester",
        "SYNCER_API__KEY": KEY,
        "SYNCER_API__BASE_URL": site.server.base_url,
        "SYNCER_DATABASE__URL": f"sqlite:///{site.folder / 'data' / 'of' / 'mine' / 'syncer.db'}",
    }


def assert_failed(result: CliResult, code: int, *words: str) -> None:
    """Check that nothing is on stdout, and that stderr says what happened and what to type next."""
    assert (result.code, result.out) == (code, ""), result.out + result.err
    for word in (*words, "syncer: ", "Nothing was stored or changed. ", "try: syncer fetch "):
        assert word in result.err
    assert "Traceback" not in result.err
