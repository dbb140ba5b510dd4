"""Numbers as people say them."""


def pluralize(number: int, thing: str) -> str:
    """1 request, 2 requests, 35,040 runs."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
