"""All faults by name, in one table, so that a test can go through it."""

from collections.abc import Mapping

from .entries import ENTRY_FAULTS
from .fault import Fault
from .replies import BODY_FAULTS, STATUS_FAULTS
from .wire import WIRE_FAULTS

FAULTS: Mapping[str, Fault] = {**STATUS_FAULTS, **BODY_FAULTS, **ENTRY_FAULTS, **WIRE_FAULTS}


def split(name: str) -> tuple[str, str]:
    """Return the fault's name and its parameter. Raises ValueError for a fault that is not in the table."""
    fault, _, parameter = name.partition(":")
    if fault not in FAULTS:
        raise ValueError(f"no such fault: {fault}")
    return fault, parameter
