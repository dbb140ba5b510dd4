"""A fault: what it gets, and what it may return."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event
from typing import Any, TypeAlias

from syncer.core.model.progress import GameId
from syncer.demo.http_server import Wire
from syncer.demo.response import ApiReply


@dataclass(slots=True)
class FaultContext:
    """One request, its correct reply, and the connection.

    `url` holds the key. A fault that writes to the wire calls `record_reply` before the last byte of a
    complete, correct reply. `closing` is set when the server closes: nothing may wait any longer.
    """

    reply: ApiReply
    now: datetime
    ids: tuple[GameId, ...]
    parameter: str
    closing: Event
    wire: Wire = field(repr=False)
    record_reply: Callable[[], object] = field(repr=False)
    url: str = field(repr=False)


# None: the fault wrote to the wire itself, which closes now
Fault: TypeAlias = Callable[[FaultContext], ApiReply | None]
Record: TypeAlias = dict[str, Any]
