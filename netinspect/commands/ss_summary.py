"""`netinspect sockets -s`: the numbers of `ss -s`, from the same files.

Source: print_summary() of misc/ss.c: /proc/net/sockstat, sockstat6 and snmp.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from netinspect.model import Sample

_TRANSPORTS = ("RAW", "UDP", "TCP")
_UNKNOWN = "–"


def summary_lines(sample: Sample) -> Iterator[str]:
    """Write the summary of every network namespace of a Sample; what is not known is –."""
    for space in sample.namespaces:
        if space.sockstat:
            counters = {**space.counters, **space.sockstat}
            if sample.origin == "sock_diag" and "sockets.used" in counters:
                counters["sockets.used"] -= 1  # the one that asked
            yield from _lines(_Numbers(counters))


class _Numbers:
    """Counters by name, added up; not known where one of them is not."""

    def __init__(self, counters: Mapping[str, int]) -> None:
        self._counters = counters

    def text(self, *names: str) -> str:
        """Add them; a name with - before it is taken away."""
        values = [self._counters.get(name.lstrip("-")) for name in names]
        known = [value for value in values if value is not None]
        if len(known) < len(values):
            return _UNKNOWN
        signs = (-1 if name.startswith("-") else 1 for name in names)
        return str(sum(sign * value for sign, value in zip(signs, known, strict=True)))


def _lines(numbers: _Numbers) -> Iterator[str]:
    text = numbers.text
    closed = text("TCP.alloc", "-TCP.inuse", "-TCP6.inuse", "TCP.tw")
    yield f"Total: {text('sockets.used')}"
    yield (
        f"TCP:   {text('TCP.alloc', 'TCP.tw')} (estab {text('Tcp.CurrEstab')}, closed {closed},"
        f" orphaned {text('TCP.orphan')}, timewait {text('TCP.tw')})"
    )
    yield ""
    yield "Transport Total     IP        IPv6"
    for name in _TRANSPORTS:
        yield _row(name, numbers, (f"{name}.inuse",), (f"{name}6.inuse",))
    v4 = tuple(f"{name}.inuse" for name in _TRANSPORTS)
    yield _row("INET", numbers, v4, tuple(f"{name}6.inuse" for name in _TRANSPORTS))
    yield _row("FRAG", numbers, ("FRAG.inuse",), ("FRAG6.inuse",))
    yield ""


def _row(name: str, numbers: _Numbers, v4: tuple[str, ...], v6: tuple[str, ...]) -> str:
    both, four, six = numbers.text(*v4, *v6), numbers.text(*v4), numbers.text(*v6)
    return f"{name:<9} {both:<9} {four:<9} {six:<9}".rstrip()
