"""Conditions on one socket → the program by which the kernel leaves others out of a dump.

Sources: include/uapi/linux/inet_diag.h and inet_diag_bc_run() of net/ipv4/inet_diag.c. An operation
is u8 code, u8 distance to the next one where it holds, u16 distance where it does not, and what it
compares with. Whoever comes to the very end is listed; whoever comes 4 bytes further is not.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum

_OP = struct.Struct("=BBH")
_HOST = struct.Struct("=BBxxi")  # family, prefix, port (-1: any); the address follows
_ANY_PORT = -1
_JUMP = 1
_ACCEPT, _REJECT = 0, 1


class Code(IntEnum):
    """Operations, of the local end; those of the remote end are one or two further."""

    PORT_AT_LEAST = 2
    PORT_AT_MOST = 3
    END = 7


@dataclass(frozen=True, slots=True)
class Comparison:
    """One comparison. operand: what stands behind the operation."""

    code: int
    operand: bytes


@dataclass(frozen=True, slots=True)
class Joined:
    """All of two or more conditions, or any of them."""

    every: bool
    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Negated:
    """What a condition does not hold for."""

    part: Condition


Condition = bool | Comparison | Joined | Negated


def join(parts: Iterable[Condition], *, every: bool) -> Condition:
    """Make the condition that all of them hold, or any; what is certain is folded away."""
    left = list(dict.fromkeys(part for part in parts if part is not every))
    if (not every) in left:
        return not every
    if len(left) < 2:
        return left[0] if left else every
    return Joined(every, tuple(left))


def negate(condition: Condition) -> Condition:
    """Make the condition that holds where another does not."""
    if isinstance(condition, bool):
        return not condition
    return condition.part if isinstance(condition, Negated) else Negated(condition)


def test_port(code: Code, port: int, *, remote: bool) -> Comparison:
    """Compare a port."""
    return Comparison(code + 2 * remote, _OP.pack(0, 0, port))


def test_end(
    family: int, prefix: int, address: bytes, port: int | None, *, remote: bool
) -> Comparison:
    """Compare an end: prefix bits of an address, and a port. family: 0 = any, without address."""
    head = _HOST.pack(family, prefix, _ANY_PORT if port is None else port)
    return Comparison(Code.END + remote, head + address)


def assemble(condition: Condition) -> bytes:
    """Write the program; it is empty where everything is listed."""
    if condition is True:
        return b""
    program = _Program()
    program.add(condition, _ACCEPT, _REJECT, _ACCEPT)
    return program.encode()


@dataclass(slots=True)
class _Program:
    """Operations so far, each with the label to go to where it does not hold; all lie ahead."""

    operations: list[tuple[int, bytes, int]] = field(default_factory=list)
    places: dict[int, int] = field(default_factory=dict)  # label: bytes before it
    size: int = 0
    labels: int = 2

    def add(self, condition: Condition, yes: int, no: int, following: int) -> None:
        """Append what goes to one of two labels. following: the label right behind it."""
        if isinstance(condition, bool):
            self._jump(yes if condition else no, following)
        elif isinstance(condition, Negated):
            self.add(condition.part, no, yes, following)
        elif isinstance(condition, Comparison):
            self._append(condition.code, condition.operand, no)
            self._jump(yes, following)
        else:
            self._add_parts(condition, yes, no)
            self.add(condition.parts[-1], yes, no, following)

    def _add_parts(self, condition: Joined, yes: int, no: int) -> None:
        for part in condition.parts[:-1]:
            label, self.labels = self.labels, self.labels + 1
            self.add(part, *((label, no) if condition.every else (yes, label)), label)
            self.places[label] = self.size

    def _jump(self, label: int, following: int) -> None:
        if label != following:
            self._append(_JUMP, b"", label)

    def _append(self, code: int, operand: bytes, no: int) -> None:
        self.operations.append((code, operand, no))
        self.size += _OP.size + len(operand)

    def encode(self) -> bytes:
        """Write it down."""
        self.places |= {_ACCEPT: self.size, _REJECT: self.size + _OP.size}
        program = bytearray()
        for code, operand, label in self.operations:
            size, ahead = _OP.size + len(operand), self.places[label] - len(program)
            program += _OP.pack(code, size, min(ahead, 0xFFFF)) + operand
        return bytes(program)
