"""The demo server with faults: everything that can go wrong between the site and its clients, by name.

A name may carry a parameter behind a colon: `drip_body:5` (bytes a second), `302:http://127.0.0.1:1/x`,
`nulls:14402` (only that game's entry), `414_above:50` (ids), `date_off:6` (hours).
"""

from .faults import FAULTS
from .server import FaultyServer

__all__ = ["FAULTS", "FaultyServer"]
