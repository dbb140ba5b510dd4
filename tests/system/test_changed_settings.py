"""A running daemon takes over a replaced key and a changed configuration, or says what needs a restart."""

import json
import signal

from tests.waiting import wait_until

from .simulated_site import KEY, Site, run_cli
from .test_daemon import stop
from .test_serve import wait_for_line


def test_a_daemon_takes_a_replaced_key_and_changed_settings(site: Site) -> None:
    path = site.configure(every="1s")
    path.write_text(path.read_text() + '[log]\nlevel = "warning"\n')
    (site.folder / "key").write_text("not0the0key\n")
    assert run_cli(site, "db", "upgrade").code == 0
    child = site.start("run")
    wait_for_line(child.stderr, "refused the key")
    asked = len(site.server.requests)
    (site.folder / "new").write_text(KEY + "\n")
    (site.folder / "new").replace(site.folder / "key")
    wait_until(lambda: len(site.server.requests) > asked + 1)
    text = path.read_text().replace('url = "sqlite', 'start_timeout = "1s"\nurl = "sqlite')
    text = text.replace("syncer.db", "other.db").replace('"warning"', '"info"\nformat = "json"')
    path.write_text(text + "[web]\nport = 1\n[metrics]\nenabled = false\n")
    child.send_signal(signal.SIGHUP)
    needed = json.loads(wait_for_line(child.stderr, "restart_needed"))
    assert needed["settings"] == [
        "[database] url",
        "[database] start_timeout",
        "[web] port",
        "[metrics] enabled",
    ]
    assert json.loads(wait_for_line(child.stderr, "was reloaded"))["level"] == "info"
    # The database in use stays: no second history begins by a signal.
    asked = len(site.server.requests)
    wait_until(lambda: len(site.server.requests) > asked + 1)
    assert not (site.folder / "other.db").exists()
    stop(child)
