"""Faults of the site by status, and how a test chooses a fault."""

from contextlib import suppress

import pytest
import requests

from syncer.demo.handlers import HANDLERS
from syncer.demo.request_log import ReceivedRequest
from tests.faulty_site import FAULTS, FaultyServer

from .demo_requests import KEY, read_raw, request, request_profile


def test_an_unknown_fault_is_refused(server: FaultyServer) -> None:
    with pytest.raises(ValueError, match="hale"):
        server.fault = "hale"


def test_a_fault_can_be_chosen_by_endpoint_id_or_number_of_the_request(server: FaultyServer) -> None:
    def chooser(received: ReceivedRequest) -> str | None:
        if received.number == 2:
            return "503"
        return "500" if received.path.endswith("Progress.php") and 3 in received.ids else None

    server.choose_fault(chooser)
    assert request(server, f"y={KEY}&u=MaxMilyin&i=1,3").status_code == 500
    assert request_profile(server).status_code == 503
    assert request_profile(server).status_code == 200
    assert request(server).status_code == 200
    server.fault = "403"
    assert request(server).status_code == 403
    server.fault = None
    server.choose_fault(None)
    assert request(server, f"y={KEY}&u=MaxMilyin&i=3").status_code == 200


STATUSES = [name for name in FAULTS if name[:3].isdigit() and name[3:] not in ("_above", "_with_id")]


@pytest.mark.parametrize("name", STATUSES)
def test_a_fault_named_by_a_status_has_that_status(server: FaultyServer, name: str) -> None:
    server.fault = name
    answer = request(server)
    assert answer.status_code == int(name[:3]) == server.requests[0].status
    assert request_profile(server).status_code == int(name[:3])
    assert not server.served


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("429", None),
        ("429_after_2", "2"),
        ("429_after_1.5", "1.5"),
        ("429_after_0", "0"),
        ("429_after_minus_5", "-5"),
        ("429_after_999999", "999999"),
        ("429_after_soon", "soon"),
        ("429_after_1m0s", "1m0s"),
        ("429_after_nothing", ""),
        ("429_after_date", "Sun, 01 Mar 2026 12:00:05 GMT"),
        ("429_after_past_date", "Sun, 01 Mar 2026 11:00:00 GMT"),
        ("503", None),
        ("503_after_120", "120"),
    ],
)
def test_retry_after_comes_in_every_form(server: FaultyServer, name: str, expected: str | None) -> None:
    server.fault = name
    assert request(server).headers.get("Retry-After") == expected


def test_a_redirect_goes_to_its_parameter(server: FaultyServer) -> None:
    server.fault = "302:http://127.0.0.1:1/there"
    assert request(server).headers["Location"] == "http://127.0.0.1:1/there"


def test_414_comes_above_a_number_of_ids(server: FaultyServer) -> None:
    server.fault = "414_above:2"
    assert request(server, f"y={KEY}&u=MaxMilyin&i=1,2,3").status_code == 414
    assert request(server).status_code == 200


def test_a_failing_id_breaks_only_the_batches_that_contain_it(server: FaultyServer) -> None:
    server.fault = "500_with_id:3"
    assert request(server, f"y={KEY}&u=MaxMilyin&i=1,2,3").status_code == 500
    assert request(server).status_code == 200
    assert request_profile(server).status_code == 200


def test_every_fault_works_for_all_paths_and_ends(server: FaultyServer) -> None:
    slow = {"hang", "late", "drip_body", "drip_headers", "endless", "forty_megabytes"}
    for name in FAULTS.keys() - slow:
        server.fault = name
        assert read_raw(server) or name in ("closed", "reset")
        for path in HANDLERS:
            with requests.Session() as session:
                session.trust_env = False
                url = f"{server.base_url}{path.removeprefix('/API')}?y={KEY}&u=MaxMilyin&i=1&t={2**32}"
                with suppress(requests.ConnectionError):  # a timeout of reading is none
                    session.get(url, timeout=2, stream=True, allow_redirects=False).close()
    server.fault = None
    assert request(server).status_code == 200
