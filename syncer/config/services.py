"""Notification services: their addresses are secrets, so that logs and tables show names instead."""

import hashlib
from collections.abc import Sequence

from .schema import Document
from .settings import ServiceEntry
from .values import Secret


def build_services(document: Document) -> tuple[ServiceEntry, ...]:
    urls = document.notify.urls
    return tuple(ServiceEntry(name, Secret(url)) for name, url in zip(service_names(urls), urls, strict=True))


def service_names(urls: Sequence[str]) -> list[str]:
    """Return names such as ntfys-3fa2.

    Four hexadecimal digits distinguish services, but are too few to confirm a guessed address.
    """
    names: list[str] = []
    for url in urls:
        digest = hashlib.blake2b(url.encode(), digest_size=2, person=b"ra-syncer").hexdigest()
        name = f"{url.partition('://')[0].lower()}-{digest}"
        # Names are stored with messages, so two services must not share one.
        names.append(f"{name}-{names.count(name) + 1}" if name in names else name)
    return names
