"""Filter text → which sockets and processes are meant.

So far a conjunction of `name value[,value]` terms; the names are a part of `fields.py`.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from netinspect.errors import UsageError
from netinspect.fields import FILTER_TERMS
from netinspect.holders import held_by
from netinspect.model import OwnerTable, Proto, Sample, SocketTable

_LAST_PORT = (1 << 16) - 1
_LARGEST = {"pid": (1 << 31) - 1, "netns": (1 << 64) - 1, "cookie": (1 << 64) - 1}


@dataclass(frozen=True, slots=True)
class Term:
    """One condition: any of the values."""

    name: str
    values: tuple[int, ...]  # addresses as 128-bit numbers


@dataclass(frozen=True, slots=True)
class Query:
    """A filter: all terms must hold."""

    terms: tuple[Term, ...] = ()
    text: str = ""

    @property
    def pids(self) -> frozenset[int] | None:
        """Return the processes named outright; None when the filter names none."""
        named = [frozenset(term.values) for term in self.terms if term.name == "pid"]
        return frozenset.intersection(*named) if named else None

    def mask(self, sample: Sample) -> NDArray[np.bool_]:
        """Return for each socket whether all terms hold."""
        mask = np.ones(len(sample.sockets), np.bool_)
        for term in self.terms:
            mask &= _term_mask(term, sample.sockets, sample.owners)
        return mask


def parse_query(text: str) -> Query:
    """Parse e.g. "pid 812 and port 8080,8081". Raises UsageError that names the bad word."""
    words = [word for word in text.split() if word != "and"]
    if len(words) % 2:
        raise UsageError(f"filter: `{words[-1]}` has no value", f"terms: {' '.join(FILTER_TERMS)}")
    pairs = zip(words[::2], words[1::2], strict=True)
    return Query(tuple(_parse_term(name, value) for name, value in pairs), " ".join(text.split()))


def build_query(pids: list[int], ports: list[int]) -> Query:
    """Make the filter that `--pid` and `--port` stand for."""
    parts = []
    if pids:
        parts.append("pid " + ",".join(map(str, pids)))
    if ports:
        parts.append("port " + ",".join(map(str, ports)))
    return parse_query(" and ".join(parts))


def _parse_term(name: str, text: str) -> Term:
    if name not in FILTER_TERMS:
        raise UsageError(f"filter: no field `{name}`", f"terms: {' '.join(FILTER_TERMS)}")
    return Term(name, tuple(_parse_value(name, part) for part in text.split(",")))


def _parse_value(name: str, text: str) -> int:
    try:
        if name in ("src", "dst"):
            address = ipaddress.ip_address(text)
            mapped = 0xFFFF << 32 if address.version == 4 else 0
            return mapped | int(address)
        if name == "proto":
            return int(Proto[text.upper()])
        number = int(text)
        if not 0 <= number <= _LARGEST.get(name, _LAST_PORT):
            raise ValueError
        return number
    except (ValueError, KeyError):
        raise UsageError(f"filter: `{text}` is no value for {name}") from None


def _term_mask(term: Term, sockets: SocketTable, owners: OwnerTable) -> NDArray[np.bool_]:
    values = term.values
    if term.name == "pid":
        return held_by(sockets, owners, values)
    if term.name == "port":
        return np.isin(sockets.local_port, values) | np.isin(sockets.remote_port, values)
    if term.name in ("src", "dst"):
        side = "local" if term.name == "src" else "remote"
        return _has_address(values, getattr(sockets, f"{side}_hi"), getattr(sockets, f"{side}_lo"))
    column = {"lport": "local_port", "rport": "remote_port"}.get(term.name, term.name)
    array: NDArray[np.generic] = getattr(sockets, column)
    return np.isin(array, np.array(values, array.dtype))


def _has_address(
    values: tuple[int, ...], high: NDArray[np.uint64], low: NDArray[np.uint64]
) -> NDArray[np.bool_]:
    mask = np.zeros(len(high), np.bool_)
    for value in values:
        mask |= (high == np.uint64(value >> 64)) & (low == np.uint64(value & (1 << 64) - 1))
    return mask
