"""Requests that fail: some with all their attempts, and all of them during an outage."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from syncer.core.errors import SiteUnavailable, TransientError
from syncer.demo.response import ApiReply, as_json
from tests.fakes import FakeClock

PAGE = ApiReply(502, b"<html><h1>502 Bad Gateway</h1></html>", "text/html")
ATTEMPTS = 3  # of the client: a request that fails does so with all of them


@dataclass
class Faults:
    """`share`: of the requests that fail. `outages`: when no connection is possible."""

    share: float = 0.0
    outages: Sequence[tuple[datetime, datetime]] = ()
    rng: Random = field(default_factory=Random)
    _failing: dict[str, tuple[int, str]] = field(default_factory=dict)  # attempts that are left, and how

    def reply(
        self, clock: FakeClock, path: str, params: Mapping[str, str], timeout: float
    ) -> ApiReply | None:
        """Return what comes instead of the answer; None: the answer. Raises what the transport raises."""
        if any(begin <= clock.now() < end for begin, end in self.outages):
            raise SiteUnavailable("no connection to the site")
        how = self._fault(f"{path} {sorted(params.items())}")
        if how == "timeout":
            clock.pass_by(timeout)
            raise TransientError("the site did not answer in time")
        if how == "cut":
            raise TransientError("the answer was cut off or garbled")
        if how == "429":
            return ApiReply(429, b"{}", headers={"Retry-After": "20"})
        return {"": None, "502": PAGE}.get(how, as_json(500, {"message": "Server Error"}))

    def _fault(self, request: str) -> str:
        left, how = self._failing.pop(request, (0, ""))
        if not left and self.rng.random() < self.share:
            left, how = ATTEMPTS, self.rng.choice(("500", "500", "500", "timeout", "cut", "502", "429"))
        if left > 1:
            self._failing[request] = left - 1, how
        return how
