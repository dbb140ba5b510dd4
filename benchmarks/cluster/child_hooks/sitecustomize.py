"""Loaded by each process of the cluster at its start: a clock that is wrong, and an address of its machine.

Python imports a module of this name where PYTHONPATH has one.
"""

import os
import socket
from datetime import datetime, timedelta, tzinfo
from typing import Any

from syncer.core import clock

OFFSET = timedelta(seconds=float(os.environ.get("CLUSTER_CLOCK_OFFSET", "0")))
SOURCE = os.environ.get("CLUSTER_SOURCE_ADDRESS", "")
connect = socket.socket.connect


class WrongClock:
    """In place of the class datetime in the only module that reads the time."""

    @staticmethod
    def now(zone: tzinfo) -> datetime:
        return datetime.now(zone) + OFFSET


def connect_from_source(opened: socket.socket, address: Any) -> None:
    """Connect to a loopback address from the address of this machine."""
    if opened.family == socket.AF_INET and opened.getsockname()[1] == 0:
        opened.bind((SOURCE, 0))
    connect(opened, address)


if OFFSET:
    clock.datetime = WrongClock  # type: ignore[assignment,attr-defined]
if SOURCE:
    socket.socket.connect = connect_from_source  # type: ignore[method-assign,assignment]
