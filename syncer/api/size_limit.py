"""A smaller limit of ids or rows, where the site refuses a request for several."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from syncer.core.errors import InvalidRequest, RequestTooLarge, UrlTooLong
from syncer.core.ratelimit.budget import BudgetTransition, RequestBudget

from .client import Client


def unchanged(budget: RequestBudget, now: datetime) -> RequestBudget:
    """Return the budget as it is: the limit is kept elsewhere."""
    return budget


@contextmanager
def size_limit(
    client: Client,
    parameter: str,
    size: int,
    too_many: Callable[[int], BudgetTransition] = lambda asked: unchanged,
    single: BudgetTransition = unchanged,
) -> Iterator[None]:
    """Store a smaller limit where the site refuses `size` ids or rows, and raise RequestTooLarge.

    That is a 414, or a 422 that names `parameter` alone. A single id or row is not too many: then the error
    is another one, stays as it is, and clears the limit. Without `too_many` the caller stores the limit.
    """
    try:
        yield
    except UrlTooLong:
        client.limiter.apply(too_many(size) if size > 1 else single)
        raise
    except InvalidRequest as error:
        if error.parameters != {parameter}:
            raise
        client.limiter.apply(too_many(size) if size > 1 else single)
        if size == 1:
            raise
        message = f"the site takes fewer than {size} in one request (422: {parameter})"
        raise RequestTooLarge(message, raw=error.raw) from None
