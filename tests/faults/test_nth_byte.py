"""An answer that ends after its n-th byte, for each n: it is tried again, or it is whole."""

import json

import pytest

from tests.edges.api_client.harness import ENTRY, GOOD, READ, ClientHarness
from tests.edges.raw_server import JSON_HEAD, RawServer

BODY = json.dumps({"1": ENTRY}).encode()
FORMS = {
    "with a length": JSON_HEAD + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY,
    "in chunks": JSON_HEAD
    + b"Transfer-Encoding: chunked\r\n\r\n"
    + b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (BODY[:40], BODY[40:]))
    + b"0\r\n\r\n",
    "without a length": JSON_HEAD + b"Connection: close\r\n\r\n" + BODY,
}


@pytest.mark.parametrize("form", FORMS)
def test_n08_an_answer_that_is_cut_after_any_byte_is_tried_again_or_complete(form: str) -> None:
    answer, complete = FORMS[form], []
    for length in range(len(answer) + 1):
        with RawServer((answer[:length],), GOOD) as server:
            client = ClientHarness(server)
            assert client.progress().games == {1: READ}, length
            assert client.limiter.taken == len(server.requests) <= 2
            if len(server.requests) == 1:
                complete.append(length)
    # The body is whole, and at most the line ends after the last chunk are missing.
    assert complete[-1] == len(answer)
    assert complete[0] >= len(answer) - len("\r\n\r\n")
