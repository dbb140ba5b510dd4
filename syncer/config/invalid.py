"""What pydantic finds wrong, in plain words."""

from typing import Any

SENTENCES = {
    "int_type": "is not a whole number",
    "int_parsing": "is not a whole number",
    "int_from_float": "is not a whole number",
    "int_parsing_size": "is too large",
    "float_type": "is not a number",
    "float_parsing": "is not a number",
    "finite_number": "is not a finite number",
    "bool_parsing": "is neither true nor false",
    "bool_type": "is neither true nor false",
    "string_type": "is not a text in quotes",
    "list_type": "is not a list; write each of them as [[players]]",
    "greater_than": "must be more than {gt:g}",
    "greater_than_equal": "must be at least {ge:g}",
    "less_than": "must be less than {lt:g}",
    "less_than_equal": "must be at most {le:g}",
}
# A section is named by its last word alone.
NOT_A_SECTION = ("model_type", "model_attributes_type", "dict_type")


def describe_invalid(error: Any) -> str:
    """Return what is wrong with a value, without the value, which may be a key."""
    kind = error["type"]
    if kind in NOT_A_SECTION:
        return "is not a section of settings"
    if kind in SENTENCES:
        return SENTENCES[kind].format_map(error.get("ctx", {}))
    # pydantic puts this prefix before the text of a ValueError.
    return str(error["msg"]).removeprefix("Value error, ")
