"""Services that take messages: their addresses are secrets, and only their kinds may be shown."""

import difflib
import hashlib
import re
from collections.abc import Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from syncer.core.notifications.model import SELECTABLE_KINDS, MessageKind

from .values import Secret

if TYPE_CHECKING:
    from .schema import Document
    from .settings import ServiceEntry

SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,29}://")
BETWEEN = re.compile(rf"[\s,]+(?={SCHEME.pattern})")  # an address may hold commas of its own
SHORT = 4  # letters: shorter ones are no secret, and would be found in every line
INSTALL = "[notify] urls: to send messages apprise is needed; try: pip install 'ra-syncer[notify]'"


def parse_urls(value: Any) -> Any:
    """From the file a list, from elsewhere one text: by line, blank or comma."""
    pieces = [piece.rstrip(",") for piece in BETWEEN.split(value)] if isinstance(value, str) else value
    if not isinstance(pieces, list) or not all(isinstance(piece, str) for piece in pieces):
        raise ValueError("is not a list of addresses (like ntfys://…)")
    bad = [str(n) for n, piece in enumerate(pieces, 1) if not SCHEME.match(piece.strip())]
    if bad:
        raise ValueError(f"number {', '.join(bad)} does not begin with the kind of service (like ntfys://…)")
    return tuple(dict.fromkeys(piece.strip() for piece in pieces))


def parse_kinds(value: Any) -> Any:
    pieces = [piece.strip() for piece in value.split(",")] if isinstance(value, str) else value
    if not isinstance(pieces, list):
        raise ValueError(f"is not a list of what to tell ({', '.join(SELECTABLE_KINDS)})")
    wrong = [_wrong(piece) for piece in pieces if piece not in SELECTABLE_KINDS]
    if wrong:
        raise ValueError("; ".join(wrong))
    return tuple(dict.fromkeys(MessageKind(piece) for piece in pieces))


def _wrong(piece: Any) -> str:
    near = difflib.get_close_matches(str(piece), SELECTABLE_KINDS, 1)
    known = f"did you mean {near[0]}?" if near else f"there are {', '.join(SELECTABLE_KINDS)}"
    return f"{str(piece)[:30]!r} is nothing to be told; {known}"


def build_services(document: "Document", problems: list[str]) -> "tuple[ServiceEntry, ...]":
    from .settings import ServiceEntry

    urls = document.notify.urls
    if urls and find_spec("apprise") is None:
        problems.append(INSTALL)
    return tuple(ServiceEntry(name, Secret(url)) for name, url in zip(names_of(urls), urls, strict=True))


def names_of(urls: Sequence[str]) -> list[str]:
    """Such as ntfys-3fa2: four digits tell services apart, and are too few to try guesses on."""
    names: list[str] = []
    for url in urls:
        digest = hashlib.blake2b(url.encode(), digest_size=2, person=b"ra-syncer").hexdigest()
        name = f"{url.partition('://')[0].lower()}-{digest}"
        names.append(f"{name}-{names.count(name) + 1}" if name in names else name)
    return names


def secrets_in(url: str) -> set[str]:
    """The address and each part that may be a secret: no log shows them, whatever a library says."""
    way, _, query = url.partition("://")[2].partition("?")
    place, *steps = way.split("/")
    user, _, host = place.rpartition("@")
    host = host.partition(":")[0]
    topic = [] if "." in host or host == "localhost" else [host]  # some services have a token for a host
    words = [word for word in (*user.split(":"), *steps, *topic) if len(word) >= SHORT]
    words += [value for value in re.split(r"[&=]", query) if len(value) >= 2 * SHORT]
    return {url, *words, *map(unquote, words)}
