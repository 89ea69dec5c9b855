"""The text of one value → what it means for its field."""

from __future__ import annotations

import fnmatch
import re
import warnings
from collections.abc import Callable, Mapping

from netinspect.local_names import find_cgroup, find_interface
from netinspect.query.ends import parse_ends
from netinspect.query.names import SHOWN, find_numbers
from netinspect.query.nearest import find_nearest
from netinspect.query.numbers import INTEGER, LAST_PORT, LONGEST_NUMBER, BadValueError, parse_port
from netinspect.query.syntax import (
    Choice,
    Marked,
    Meaning,
    Op,
    Pattern,
    Span,
    Style,
    Value,
)
from netinspect.query.terms import Kind, TermSpec

_MOST_REPEATS = 4
_NUMBER = re.compile(r"([0-9]+(?:\.[0-9]+)?)([a-zA-Z]*)")
_RANGE = re.compile(r"(0[xX][0-9a-fA-F]+|[0-9][^-]*)-([0-9].*)")
_CLASSES = re.compile(r"\\.|\[\^?\]?[^\]]*\]", re.DOTALL)
_SECOND = 1_000_000_000
_TIMES = {
    **{"ns": 1, "us": 1_000, "µs": 1_000, "ms": 1_000_000, "s": _SECOND, "sec": _SECOND},
    **{"m": 60 * _SECOND, "min": 60 * _SECOND, "h": 3600 * _SECOND, "d": 86400 * _SECOND},
}
_POWERS = ("", "k", "m", "g", "t")
_SIZES = {
    **{power + b: 1024**i for i, power in enumerate(_POWERS) for b in ("", "b")},
    **{power + "ib": 1024**i for i, power in enumerate(_POWERS) if i},
}
_COUNTS = {power: 1000**i for i, power in enumerate(_POWERS)}


def parse_value(spec: TermSpec, text: str, style: Style, op: Op = Op.EQ) -> Value:
    """Find out what a value means. Raises BadValueError."""
    ordered = op not in (Op.EQ, Op.NE)
    if ordered and (spec.kind not in _ORDERED and spec.name != "severity"):
        raise BadValueError(f"{spec.name} has no order", "compare it with = or !=")
    if spec.kind is Kind.TEXT:
        return Value(text, style, (parse_pattern(text, style),))
    if style is Style.REGEX:
        raise BadValueError(f"{spec.name} is no text to look into", f"e.g. `{spec.example}`")
    meanings = _PARSERS[spec.kind](spec, text)
    if ordered and any(isinstance(one, Span) and one.low != one.high for one in meanings):
        raise BadValueError(f"`{text}` is a range", "compare with one number, or with =")
    return Value(text, style, meanings)


def parse_pattern(text: str, style: Style, *, within: bool = False) -> Pattern:
    """Make a pattern of a name, a glob or a regex. within: it may stand anywhere in the name."""
    if style is Style.REGEX:
        return Pattern(_checked(text))
    if style is Style.WORD and not {"*", "?"}.isdisjoint(text):
        glob = fnmatch.translate(f"*{text}*" if within else text)
        return Pattern(rf"\A{glob}")
    plain = re.escape(text)
    return Pattern(plain if within else rf"\A{plain}\Z")


def _parse_ports(spec: TermSpec, text: str) -> tuple[Meaning, ...]:
    text = text.removeprefix(":")
    if found := _RANGE.fullmatch(text):
        return (_span(text, parse_port(found[1]), parse_port(found[2])),)
    port = parse_port(text)
    return (Span(0, LAST_PORT) if port is None else Span(port, port),)


def _parse_ids(spec: TermSpec, text: str) -> tuple[Meaning, ...]:
    if found := _RANGE.fullmatch(text):
        return (_span(text, _integer(spec, found[1]), _integer(spec, found[2])),)
    number = _cgroup(text) if spec.name == "cgroup" and text[:1] == "/" else _integer(spec, text)
    return (Span(number, number),)


def _cgroup(path: str) -> int:
    number = find_cgroup(path)
    if number is None:
        hint = "a path of cgroup v2 on this host, e.g. /system.slice/nginx.service"
        raise BadValueError(f"no cgroup `{path}`", hint)
    return number


def _integer(spec: TermSpec, text: str) -> int:
    if INTEGER.fullmatch(text) and len(text) <= LONGEST_NUMBER:
        number = int(text, 16 if text[:2].lower() == "0x" else 10)
        if number <= spec.most:
            return number
    raise BadValueError(f"`{text}` is no value for {spec.name}", f"e.g. `{spec.example}`")


def _parse_counts(spec: TermSpec, text: str) -> tuple[Meaning, ...]:
    units = _COUNTS if spec.kind is Kind.COUNT else _SIZES
    return _parse_measures(spec, text, units, "k M G")


def _parse_times(spec: TermSpec, text: str) -> tuple[Meaning, ...]:
    return _parse_measures(spec, text, _TIMES, "us ms s m h d")


def _parse_measures(
    spec: TermSpec, text: str, units: Mapping[str, int], shown: str
) -> tuple[Meaning, ...]:
    if found := _RANGE.fullmatch(text):
        low, high = (_measure(spec, part, units, shown) for part in found.groups())
        return (_span(text, low, high),)
    number = _measure(spec, text, units, shown)
    return (Span(number, number),)


def _measure(spec: TermSpec, text: str, units: Mapping[str, int], shown: str) -> int:
    found = _NUMBER.fullmatch(text)
    if not found or len(found[1]) > LONGEST_NUMBER:
        raise BadValueError(f"`{text}` is no value for {spec.name}", f"e.g. `{spec.example}`")
    factor = units.get(found[2].lower())
    if factor is None and not (spec.kind is Kind.TIME and float(found[1]) == 0 and not found[2]):
        wrong = f"no unit `{found[2]}`" if found[2] else f"`{text}` has no unit"
        raise BadValueError(wrong, f"units of {spec.name}: {shown}; e.g. `{spec.example}`")
    whole = found[1].isdigit()
    size = (int(found[1]) if whole else float(found[1])) * (factor or 0)
    number = size // spec.unit if isinstance(size, int) else round(size / spec.unit)
    if number > spec.most:
        raise BadValueError(f"`{text}` is more than {spec.name} can be", f"e.g. `{spec.example}`")
    return number


def _span(text: str, low: int | None, high: int | None) -> Span:
    if low is None or high is None or low > high:
        raise BadValueError(f"`{text}` is no range", "the lesser number comes first")
    return Span(low, high)


def _parse_names(spec: TermSpec, text: str) -> tuple[Meaning, ...]:
    numbers = find_numbers(spec.name, text)
    if numbers is not None:
        return (Choice(numbers),)
    known = SHOWN[spec.name]
    near = find_nearest(text.lower(), known)
    hint = f"did you mean `{near}`?" if near else f"one of: {' '.join(known)}"
    what = "state" if spec.name == "state" else f"value for {spec.name}"
    raise BadValueError(f"`{text}` is no {what}", hint)


def _parse_interface(spec: TermSpec, text: str) -> tuple[Meaning, ...]:
    index = find_interface(text)
    if index is None:
        if not text.isascii() or not text.isdigit():
            hint = "an interface of this network namespace, by name or number"
            raise BadValueError(f"no interface `{text}`", hint)
        index = _integer(spec, text)
    return (Span(index, index),)


def _parse_mark(spec: TermSpec, text: str) -> tuple[Meaning, ...]:
    mark, slash, mask = text.partition("/")
    parts = [_integer(spec, mark), _integer(spec, mask) if slash else 0xFFFFFFFF]
    if max(parts) > 0xFFFFFFFF:
        raise BadValueError(f"`{text}` is no mark", f"e.g. `{spec.example}`")
    return (Marked(*parts),)


def _checked(regex: str) -> str:
    """Refuse what is no regex, and what may take for ever. Raises BadValueError."""
    bare = _CLASSES.sub("x", regex)
    if re.search(r"\)[*+{]", bare) or len(re.findall(r"[*+{]", bare)) > _MOST_REPEATS:
        hint = f"no repeated groups, and at most {_MOST_REPEATS} repeats"
        raise BadValueError(f"`/{regex}/` may take too long", hint)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(regex, re.IGNORECASE)
    except (re.error, OverflowError, RecursionError) as error:
        raise BadValueError(f"`/{regex}/` is no regex: {error}", "e.g. `process /^java/`") from None
    return regex


_ORDERED = (Kind.PORT, Kind.ID, Kind.COUNT, Kind.BYTES, Kind.TIME, Kind.RATE)
_PARSERS: Mapping[Kind, Callable[[TermSpec, str], tuple[Meaning, ...]]] = {
    Kind.PORT: _parse_ports,
    Kind.ADDRESS: parse_ends,
    Kind.INTERFACE: _parse_interface,
    Kind.MARK: _parse_mark,
    Kind.STATE: _parse_names,
    Kind.NAME: _parse_names,
    Kind.ID: _parse_ids,
    Kind.COUNT: _parse_counts,
    Kind.BYTES: _parse_counts,
    Kind.TIME: _parse_times,
    Kind.RATE: _parse_counts,
}
