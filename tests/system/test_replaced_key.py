"""A daemon with a refused key goes on as soon as its key file holds the right one."""

from .simulated_site import KEY, Site, run_cli
from .test_daemon import stop, wait_until


def test_a_daemon_takes_the_new_key_without_a_signal(site: Site) -> None:
    site.configure(every="1s")
    (site.folder / "key").write_text("not0the0key\n")
    assert run_cli(site, "db", "upgrade").code == 0
    child = site.start("run")
    wait_until(lambda: site.server.requests)
    asked = len(site.server.requests)
    (site.folder / "new").write_text(KEY + "\n")
    (site.folder / "new").replace(site.folder / "key")
    wait_until(lambda: len(site.server.requests) > asked + 1)
    err = stop(child)
    assert "refused the key" in err
    assert "changed secrets were read again" in err
    status = run_cli(site, "status", "--json").document["players"][0]
    assert status["last_run"]["outcome"] in ("ok", "interrupted")
