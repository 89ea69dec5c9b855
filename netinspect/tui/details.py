"""Every field of one row in full: nothing cut, with units."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from netinspect.fields import FIELDS, Kind
from netinspect.humanize import duration_text

if TYPE_CHECKING:
    from netinspect.model import Owner, Row, Value

_PER_SECOND = {Kind.MILLISECONDS: 1e-3, Kind.MICROSECONDS: 1e-6, Kind.SECONDS: 1.0}
_UNSEEN = ("hidden", "elsewhere")
_UNITS = {Kind.MILLISECONDS: "ms", Kind.MICROSECONDS: "us", Kind.SECONDS: "s"}


def details_text(fields: Sequence[str], row: Row) -> str:
    """Write a row as lines of `field  value`; the fields not known come last, by name only."""
    known: list[str] = []
    unknown: list[str] = []
    width = max(len(name) for name in fields)
    for name, value in _values(fields, row):
        if value is None:
            unknown.append(name)
            continue
        first, *rest = value_lines(FIELDS[name].kind, value)
        known.append(f"{name:<{width}}  {first}")
        known += [f"{'':<{width}}  {line}" for line in rest]
    if unknown:
        known += ["", f"not known: {', '.join(unknown)}"]
    return "\n".join(known)


def copied_text(fields: Sequence[str], rows: Sequence[Row]) -> str:
    """Write rows for the clipboard: a line each, `field=value` where the value is known."""
    return "\n".join(_one_line(fields, row) for row in rows)


def _one_line(fields: Sequence[str], row: Row) -> str:
    words = []
    for name, value in _values(fields, row):
        if value is not None:
            text = ",".join(value_lines(FIELDS[name].kind, value))
            words.append(f"{name}={text!r}" if " " in text else f"{name}={text}")
    return " ".join(words)


def _values(fields: Sequence[str], row: Row) -> Iterator[tuple[str, Value]]:
    """Yield each field; holders that may be there without being seen are not known."""
    values = dict(zip(fields, row.values, strict=True))
    unseen = values.get("owner_reason") in _UNSEEN
    for name, value in values.items():
        yield name, None if unseen and name == "owners" else value


def value_lines(kind: Kind, value: Value) -> list[str]:
    """Write one value with its unit, in as many lines as it needs (at least one)."""
    if isinstance(value, Mapping):
        return [f"{count:,} {state}" for state, count in value.items()] or ["none"]
    if isinstance(value, tuple):
        return [_owner_text(owner) for owner in value] or ["none"]
    if isinstance(value, bool):
        return ["yes" if value else "no"]
    if isinstance(value, (int, float)):
        return [_quantity_text(kind, value)]
    if value is None or isinstance(value, str):
        return [str(value)]
    return [" ".join("–" if number is None else f"{number:,}" for number in value.numbers)]


def _quantity_text(kind: Kind, value: Any) -> str:
    if kind is Kind.ID:
        return str(value)
    if kind is Kind.PERCENT:
        return f"{100 * value:.1f} %"
    if kind is Kind.BYTES:
        return f"{value:,} bytes"
    if kind is Kind.RATE:
        return f"{value:,.2f} per second"
    if kind is Kind.BYTE_RATE:
        return f"{value:,.0f} bytes per second"
    if kind in _UNITS:
        exact = f"{value:,.{0 if float(value).is_integer() else 1}f} {_UNITS[kind]}"
        short = duration_text(value * _PER_SECOND[kind])
        return f"{exact} ({short})" if value and short != exact.replace(" ", "") else exact
    return f"{value:,}"


def _owner_text(owner: Owner) -> str:
    descriptor = "" if owner.fd is None else f"  fd {owner.fd}"
    return f"pid {owner.pid}{descriptor}  {owner.process or ''}".rstrip()
