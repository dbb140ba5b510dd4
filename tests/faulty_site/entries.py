"""Replies that look correct, and whose entries or headers are wrong or unusual."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

from syncer.core.formats import php
from syncer.demo.response import ApiReply

from .fault import Fault, FaultContext, Record


def with_data(reply: ApiReply, data: object) -> ApiReply:
    """Return the reply with other data; of its true numbers those that are still in it."""
    entries = data if isinstance(data, dict) else {}
    unchanged = {
        key: progress
        for key, progress in reply.progress.items()
        if json.dumps(entries.get(str(key[1]))) == json.dumps(reply.data[str(key[1])])  # 1 == True == 1.0
    }
    return replace(reply, body=php.to_json(data).encode(), data=data, progress=unchanged)


def change_map(change: Callable[[Record, str], object]) -> Fault:
    """Return a fault that changes the outermost map, given the parameter; other replies stay as they are."""

    def fault(context: FaultContext) -> ApiReply:
        data = context.reply.data
        if context.reply.status != 200 or not isinstance(data, dict) or not data:
            return context.reply
        return with_data(context.reply, change(data, context.parameter))

    return fault


def is_progress(data: Record) -> bool:
    return all(isinstance(value, dict) for value in data.values())


def change_entries(change: Callable[[Record], Record]) -> Fault:
    """Return a fault that changes every entry, or only that of the game that the parameter names.

    Entries are those of a map of games, the rows of a list or of a page, or the fields of any other reply.
    """

    def changed(data: Record | list[Record], only: str) -> object:
        if isinstance(data, list):
            return [change(row) if only in ("", game_of(row)) else row for row in data]
        if "Results" in data:
            return data | {"Results": changed(data["Results"], only)}
        if not is_progress(data):
            return change(data)
        return {game: change(entry) if only in ("", game) else entry for game, entry in data.items()}

    def fault(context: FaultContext) -> ApiReply:
        data = context.reply.data
        if context.reply.status != 200 or not data:
            return context.reply
        return with_data(context.reply, changed(data, context.parameter))

    return fault


def game_of(row: Record) -> str:
    return str(row.get("GameID", row.get("ID")))


def change_numbers(change: Callable[[int], object]) -> Fault:
    return change_entries(lambda entry: {k: change(v) if type(v) is int else v for k, v in entry.items()})


def change_names(change: Callable[[str], str]) -> Fault:
    return change_entries(lambda entry: {change(name): value for name, value in entry.items()})


def still_true(fault: Fault) -> Fault:
    """Return a fault that writes the same numbers in other bytes: who understands them read the truth."""

    def true_fault(context: FaultContext) -> ApiReply | None:
        reply = fault(context)
        return reply and replace(reply, progress=context.reply.progress)

    return true_fault


def beyond_floats(context: FaultContext) -> ApiReply | None:
    reply = change_numbers(lambda value: float("inf"))(context)
    return reply and replace(reply, body=reply.body.replace(b"Infinity", b"1e999"))


def duplicate_names(context: FaultContext) -> ApiReply:
    """Write one number twice, first wrong and then right."""
    text = context.reply.body.replace(b'"NumAchieved":', b'"NumAchieved":424242,"NumAchieved":')
    return replace(context.reply, body=text)


def without_id(data: Record, only: str) -> Record:
    missing = only or next(iter(data))
    return {name: value for name, value in data.items() if name != missing}


def with_extra_id(data: Record, game: str) -> Record:
    return data | {game or "987654321": next(iter(data.values()))}


def as_list(data: Record, parameter: str) -> list[Any]:
    return list(data.values()) if is_progress(data) else [data]


def without_field(entry: Record) -> Record:
    return {name: value for name, value in entry.items() if name not in ("ScoreAchieved", "ULID", "Title")}


def only_possible(entry: Record) -> Record:
    return {k: 0 if isinstance(v, int) and "Possible" not in k else v for k, v in entry.items()}


def hardcore_above_all(entry: Record) -> Record:
    counts = ("NumAchieved", "ScoreAchieved", "NumAwarded")
    return entry | {k + "Hardcore": entry[k] + 1 for k in counts if k in entry}


def unknown_player(context: FaultContext) -> ApiReply:
    """Answer as for a player whom the site does not know (site-api.md section 4)."""
    data = context.reply.data
    if isinstance(data, dict) and "Rank" in data:
        return with_data(context.reply, data | {"Score": 0, "SoftcoreScore": 0, "Rank": None})
    if isinstance(data, dict) and "Results" in data:
        return with_data(context.reply, {"Count": 0, "Total": 0, "Results": []})
    is_known_by_status = isinstance(data, dict) and ("Points" in data or "ULID" in data)
    return replace(with_data(context.reply, []), status=404 if is_known_by_status else 200)


def unranked(entry: Record) -> Record:
    return entry | ({"Rank": None} if "Rank" in entry else {})


def repeated_row(context: FaultContext) -> ApiReply:
    """Show the last row of a list twice, as a page does whose rows moved between two requests."""
    data = context.reply.data
    return with_data(context.reply, [*data, *data[-1:]]) if isinstance(data, list) else context.reply


def without_dates(entry: Record) -> Record:
    return entry | ({"LastPlayed": None} if "LastPlayed" in entry else {})


def content_type(value: str) -> Fault:
    return lambda context: replace(context.reply, content_type=value)


def headers(values: Mapping[str, str | None]) -> Fault:
    return lambda context: replace(context.reply, headers=dict(values))


def date_off(context: FaultContext) -> ApiReply:
    moment = context.now + timedelta(hours=float(context.parameter or 6))
    return replace(context.reply, headers={"Date": format_datetime(moment, usegmt=True)})


ENTRY_FAULTS: Mapping[str, Fault] = {
    "list_of_objects": change_map(as_list),
    "missing_id": change_map(without_id),
    "extra_id": change_map(with_extra_id),
    "digit_strings": still_true(change_numbers(str)),
    "nulls": change_numbers(lambda value: None),
    "floats": change_numbers(lambda value: value + 0.5),
    "whole_floats": change_numbers(float),
    "booleans": change_numbers(bool),
    "negatives": change_numbers(lambda value: -value - 1),
    "too_large": change_numbers(lambda value: 2**40),
    "nan": change_numbers(lambda value: float("nan")),
    "infinity": change_numbers(lambda value: float("inf")),
    "1e999": beyond_floats,
    "bom": lambda context: replace(context.reply, body=b"\xef\xbb\xbf" + context.reply.body),
    "renamed_fields": change_names(lambda name: name + "Count"),
    "lower_camel": change_names(lambda name: name[:1].lower() + name[1:]),
    "missing_field": change_entries(without_field),
    "duplicate_names": duplicate_names,
    "zeros": change_numbers(lambda value: 0),
    "all_reset": change_entries(only_possible),
    "hardcore_above_all": change_entries(hardcore_above_all),
    "unknown_player": unknown_player,
    "unranked": change_entries(unranked),
    "repeated_row": repeated_row,
    "without_dates": change_entries(without_dates),
    "text_plain": content_type("text/plain"),
    "date_off": date_off,
    "date_garbage": headers({"Date": "yesterday"}),
    "date_missing": headers({"Date": None}),
    "many_headers": headers({f"X-Filler-{n}": "x" for n in range(150)}),
    "long_header": headers({"X-Filler": "x" * 70_000}),
}
