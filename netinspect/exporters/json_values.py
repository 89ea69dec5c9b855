"""Facts as JSON: what is not known is null, times are RFC 3339 in UTC, owners are objects."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timezone
from itertools import chain, islice
from typing import Any, cast

from netinspect.model import Coverage, Host, Owner, Series, Value

_PLAIN = {int, bool, type(None)}
_TEXT = {str, type(None)}


def to_json(value: object) -> str:
    """Write JSON on one line; ASCII, so that no reader can get the encoding wrong."""
    return _ENCODER.encode(value)


_ENCODER = json.JSONEncoder(allow_nan=False, separators=(",", ":"))


def json_array(values: list[Value]) -> str:
    """Write a column as an array. Many columns hold the same in every row: that is written once."""
    if values and values.count(values[0]) == len(values):
        return "[" + ",".join([to_json(json_value(values[0]))] * len(values)) + "]"
    if set(map(type, values)) <= _PLAIN | _TEXT:
        return to_json(values)
    return "[" + ",".join(json_texts(values)) + "]"


def json_texts(values: list[Value]) -> list[str]:
    """Write each value of a column as JSON. Much faster than `to_json` of each row."""
    kinds = set(map(type, values))
    if kinds <= _PLAIN:
        return to_json(values)[1:-1].split(",")
    if kinds <= _TEXT:
        texts = {value: to_json(value) for value in set(values)}
        return [texts[value] for value in values]
    if kinds == {tuple}:
        return _owners_texts(cast("list[tuple[Owner, ...]]", values))
    return [to_json(json_value(value)) for value in values]


def _owners_texts(values: list[tuple[Owner, ...]]) -> list[str]:
    """Write the owners of all sockets as one table, and deal them out again."""
    every = list(chain.from_iterable(values))
    columns: list[list[Value]] = [[owner[i] for owner in every] for i in range(len(Owner._fields))]
    objects = iter(json_rows(Owner._fields, columns))
    return ["[" + ",".join(islice(objects, len(owners))) + "]" for owners in values]


def json_rows(fields: Sequence[str], columns: list[list[Value]]) -> list[str]:
    """Write each row as an object."""
    named = dict(zip(fields, columns, strict=True))  # the user may have named one twice
    form = "{" + ",".join(to_json(name) + ":%s" for name in named) + "}"
    return [form % row for row in zip(*map(json_texts, named.values()), strict=True)]


def json_value(value: Value) -> Any:
    """Turn a row's value into what `json` can write."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, tuple):
        return [owner._asdict() for owner in value]
    if isinstance(value, Series):
        return list(value.numbers)
    return dict(value) if isinstance(value, Mapping) else value


def time_text(seconds: float) -> str:
    """Write seconds since the epoch as 2026-01-31T12:00:00.000Z."""
    moment = datetime.fromtimestamp(seconds, timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def host_object(host: Host) -> dict[str, Any]:
    """Describe the host; the capability mask in hexadecimal, as in /proc/PID/status."""
    known = asdict(host)
    if host.capabilities is not None:
        known["capabilities"] = f"{host.capabilities:016x}"
    return known


def coverage_object(coverage: Coverage) -> dict[str, Any]:
    """Describe what could not be seen."""
    return {**asdict(coverage), "summary": coverage.summary}
