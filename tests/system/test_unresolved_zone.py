"""A time zone that cannot be resolved is named by commands, doctor, log and pages."""

import requests

from tests.waiting import PATIENCE

from .simulated_site import Site, run_cli
from .test_serve import stop, wait_for_line

TYPO = {"TZ": "Europe/Berln"}
WARNING = "$TZ is 'Europe/Berln', which is not a time zone: days begin in "


def test_an_unresolved_zone_is_named_everywhere(site: Site) -> None:
    path = site.folder / "config.toml"
    path.write_text(path.read_text().replace('timezone = "UTC"\n', ""))
    path.write_text(path.read_text() + '[log]\nformat = "json"\n[web]\nenabled = true\nport = 0\n')
    checked = run_cli(site, "config", "check", environ=TYPO)
    assert (checked.code, f"syncer: warning: {WARNING}" in checked.err) == (0, True)
    doctor = run_cli(site, "doctor", "--offline", "--json", environ=TYPO).document["checks"][0]
    assert (doctor["status"], doctor["what"].startswith(WARNING)) == ("warn", True)
    assert doctor["hint"].startswith("[schedule] timezone")
    assert run_cli(site, "sync").code == 0
    process = site.start("run", environ=TYPO)
    assert '"event": "config_warning"' in wait_for_line(process.stderr, WARNING)
    address = wait_for_line(process.stderr, '"pages"').split('"address": "')[1].split('"')[0]
    with requests.Session() as session:
        session.trust_env = False
        page = session.get(address, timeout=PATIENCE).text
    assert WARNING.replace("'", "&#39;") in page
    assert stop(process, 15) == 0
