"""A row that no finding lies on → the Explanation of its state, queues and timer."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from typing import Any

from netinspect.explanations import fill_parts, parse_template, read_template
from netinspect.fields import FIELDS, Kind
from netinspect.finding import Evidence, Explanation, Unit
from netinspect.humanize import endpoint_text
from netinspect.model import Owner, Series, Value

_PACKAGE = "netinspect.rows"
_ANY_SOCKET = "socket"
_FILES = {
    "processes": "process",
    "ports": "listener",
    "ephemeral": "destination",
    "descriptors": "descriptors",
}
_UNITS = {
    Kind.NUMBER: (Unit.COUNT, 1.0),
    Kind.BYTES: (Unit.BYTES, 1.0),
    Kind.RATE: (Unit.RATE, 1.0),
    Kind.BYTE_RATE: (Unit.BYTES, 1.0),
    Kind.PERCENT: (Unit.SHARE, 1.0),
    Kind.SECONDS: (Unit.SECONDS, 1.0),
    Kind.MILLISECONDS: (Unit.SECONDS, 1e-3),
    Kind.MICROSECONDS: (Unit.SECONDS, 1e-6),
}


def explain_row(pane: str, row: Mapping[str, Value], at: float | None) -> Explanation:
    """Explain a row of a pane. row: its values by field; at: seconds since the epoch."""
    name = template_name(pane, row)
    if not resources.files(_PACKAGE).joinpath(f"{name}.md").is_file():
        name = _ANY_SOCKET  # a state or a protocol that is newer than this program
    title, parts = parse_template(read_template(_PACKAGE, name))
    sections = fill_parts(parts, None, _values(row))
    return Explanation("", title, _subject(row), at, sections)


def template_name(pane: str, row: Mapping[str, Value]) -> str:
    """Name the file that explains a row: of a socket by its protocol or TCP state."""
    if pane in _FILES:
        return "socket_udp" if row.get("proto") == "udp" else _FILES[pane]
    proto = row.get("proto")
    return f"socket_{proto}" if proto != "tcp" else f"socket_{str(row.get('state')).lower()}"


def _values(row: Mapping[str, Value]) -> dict[str, Any]:
    values: dict[str, Any] = {name: _value(name, value) for name, value in row.items()}
    for side in ("local", "remote"):
        address, port = row.get(f"{side}_addr"), row.get(f"{side}_port")
        if isinstance(address, str) and isinstance(port, int) and port:
            values[side] = endpoint_text(address, port)
    return values


def _value(name: str, value: Value) -> object:
    kind = FIELDS[name].kind
    if isinstance(value, Mapping):
        return ", ".join(f"{count:,} {state}" for state, count in value.items()) or None
    if isinstance(value, tuple):
        return ", ".join(map(_owner_text, value)) or None
    if isinstance(value, (int, float)) and kind in _UNITS:
        unit, factor = _UNITS[kind]
        return Evidence(name, value * factor if factor != 1.0 else value, unit)
    return None if value is None or isinstance(value, Series) else str(value)


def _owner_text(owner: Owner) -> str:
    return f"{owner.process or 'pid'}[{owner.pid}]"


def _subject(row: Mapping[str, Value]) -> str:
    process, pid = row.get("process"), row.get("pid")
    parts = [f"{process or 'process'}[{pid}]"] if pid is not None else []
    for side in ("local", "remote"):
        address, port = row.get(f"{side}_addr"), row.get(f"{side}_port")
        if isinstance(address, str) and isinstance(port, int) and (port or side == "local"):
            parts.append(endpoint_text(address, port))
    return " ".join(parts)
