"""A filter → what the kernel itself shall leave out of its dumps of sockets.

It lists all sockets that the filter selects, and perhaps more: of a filter that asks for what the
kernel does not compare, the rest is used. Whoever reads the dumps still applies the filter.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from netinspect.enums import Family, Proto, TcpState
from netinspect.query.kernel_code import (
    Code,
    Comparison,
    Condition,
    assemble,
    join,
    negate,
    test_end,
    test_port,
)
from netinspect.query.syntax import (
    And,
    Choice,
    Leaf,
    Meaning,
    Network,
    Node,
    Not,
    Op,
    Or,
    Span,
    Term,
    Unknown,
)

_LONGEST = 4096  # bytes: the kernel checks a program in quadratic time
_STATES = struct.Struct("=I")
_ATTRIBUTE = struct.Struct("=HH")  # nla_len, nla_type
_BYTECODE = 1  # INET_DIAG_REQ_BYTECODE
_LAST_PORT = (1 << 16) - 1
_ALL = 0xFFFFFFFF
_V4 = 0xFFFF << 32  # ::ffff:0:0/96
_LISTEN = 1 << TcpState.LISTEN
_OTHER_STATES = _ALL & ~sum(1 << state for state in TcpState)
_BITS: Mapping[TcpState, int] = {state: 1 << state for state in TcpState}
_BITS_OF_TCP: Mapping[TcpState, int] = {
    **_BITS,
    # Asked for by one number, and listed as the other.
    TcpState.SYN_RECV: 1 << TcpState.SYN_RECV | 1 << TcpState.NEW_SYN_RECV,
    TcpState.BOUND: 1 << TcpState.BOUND | 1 << TcpState.CLOSE,
}


@dataclass(frozen=True, slots=True)
class DumpFilter:
    """What one dump shall list. states: a bit each; program: of inet_diag, empty for all."""

    dump: str
    states: int
    program: bytes = b""


_DUMPS = (
    *(("listen4", Proto.TCP, Family.INET, _LISTEN), ("tcp4", Proto.TCP, Family.INET, ~_LISTEN)),
    ("udp4", Proto.UDP, Family.INET, _ALL),
    *(("listen6", Proto.TCP, Family.INET6, _LISTEN), ("tcp6", Proto.TCP, Family.INET6, ~_LISTEN)),
    *(("udp6", Proto.UDP, Family.INET6, _ALL), ("unix", Proto.UNIX, Family.UNIX, _ALL)),
)


def plan_dumps(tree: Node, *, with_unix: bool) -> tuple[DumpFilter, ...] | None:
    """Return the dumps to take, by name; None where all of everything is to be listed."""
    plans = [
        found
        for name, proto, family, states in _DUMPS
        if (with_unix or proto is not Proto.UNIX)
        and (found := _plan_dump(tree, name, proto, family, states & _ALL))
    ]
    narrowed = any(plan.program for plan in plans) or _count_states(plans) < _EVERY_STATE
    return tuple(plans) if plans and narrowed else None


def _count_states(plans: Iterable[DumpFilter]) -> int:
    return sum(plan.states.bit_count() for plan in plans if plan.dump != "unix")


_EVERY_STATE = 4 * 32  # of two protocols in two families


def spell_dumps(plans: Iterable[DumpFilter]) -> str:
    """Write them as the probe reads them: NAME:STATES,… with the program as an attribute behind."""
    return ",".join(f"{plan.dump}:{_asked(plan).hex()}" for plan in plans)


def _asked(plan: DumpFilter) -> bytes:
    states = _STATES.pack(plan.states)
    if not plan.program:
        return states
    size = _ATTRIBUTE.size + len(plan.program)
    return states + _ATTRIBUTE.pack(size, _BYTECODE) + plan.program


def _plan_dump(
    tree: Node, name: str, proto: Proto, family: Family, wanted: int
) -> DumpFilter | None:
    states, conditions = 0, []
    known = _BITS_OF_TCP if proto is Proto.TCP else _BITS
    for state, bits in (*known.items(), (None, _OTHER_STATES)):
        if not bits & wanted:
            continue
        _, upper = _Socket(proto, family, state).bounds(tree)
        if upper is not False:
            states |= bits & wanted
            conditions.append(upper)
    if not states:
        return None
    program = assemble(join(conditions, every=False)) if proto is not Proto.UNIX else b""
    return DumpFilter(name, states, program if len(program) <= _LONGEST else b"")


@dataclass(frozen=True, slots=True)
class _Socket:
    """What is known of a socket before it is listed. state: None = one that has no name."""

    proto: Proto
    family: Family
    state: TcpState | None

    def bounds(self, node: Node) -> tuple[Condition, Condition]:
        """Return what surely selects a socket, and what at least must hold of one selected."""
        if isinstance(node, Not):
            lower, upper = self.bounds(node.part)
            return negate(upper), negate(lower)
        if isinstance(node, And | Or):
            lowers, uppers = zip(*map(self.bounds, node.parts), strict=True)
            every = isinstance(node, And)
            return join(lowers, every=every), join(uppers, every=every)
        exact = self._exact(node)
        return (False, True) if exact is None else (exact, exact)

    def _exact(self, leaf: Leaf) -> Condition | None:
        """Return the condition of one term; None where the kernel does not compare that."""
        if not isinstance(leaf, Term | Unknown) or leaf.field not in _TERMS:
            return None
        numbered = {"state": self.state, "proto": self.proto, "family": self.family}
        has_ends = self.proto is not Proto.UNIX
        known = leaf.field in numbered or has_ends
        if isinstance(leaf, Unknown):
            return not known
        if not known:
            return False
        meanings = [one for value in leaf.values for one in value.meanings]
        op = Op.EQ if leaf.op is Op.NE else leaf.op
        found = [self._compare(leaf.field, op, one, numbered) for one in meanings]
        parts = [part for part in found if part is not None]
        if len(parts) < len(found):
            return None
        some = join(parts, every=False)
        return negate(some) if leaf.op is Op.NE else some

    def _compare(
        self, field: str, op: Op, meaning: Meaning, numbered: Mapping[str, int | None]
    ) -> Condition | None:
        if isinstance(meaning, Choice):
            return numbered[field] in meaning.numbers
        sides = [remote for remote in (False, True) if remote in _TERMS[field]]
        if isinstance(meaning, Span):
            return join((_compare_port(op, meaning, side) for side in sides), every=False)
        assert isinstance(meaning, Network), "names and marks are of other terms"
        return self._compare_end(meaning, remote=sides[0])

    def _compare_end(self, network: Network, *, remote: bool) -> Condition | None:
        if network.v6_only:
            if self.family is not Family.INET6:
                return False
            address = network.address.to_bytes(16, "big")
            return test_end(Family.INET6, network.prefix, address, network.port, remote=remote)
        if not network.prefix:
            return network.port is None or test_end(0, 0, b"", network.port, remote=remote)
        if network.prefix < 96 or network.address & ~0xFFFFFFFF != _V4:
            return None
        # IPv4 alike in sockets of both families, by the kernel's comparison too.
        address = (network.address & 0xFFFFFFFF).to_bytes(4, "big")
        return test_end(Family.INET, network.prefix - 96, address, network.port, remote=remote)


_BOTH: tuple[bool, ...] = (False, True)
_TERMS: Mapping[str, tuple[bool, ...]] = {
    **{"state": (), "proto": (), "family": ()},
    **{"lport": (False,), "rport": (True,), "port": _BOTH, "src": (False,), "dst": (True,)},
}
"""What the kernel compares; of an end: whether it is the remote one."""


def _compare_port(op: Op, span: Span, remote: bool) -> Condition:
    if op is Op.EQ and span.low == span.high:
        return test_end(0, 0, b"", span.low, remote=remote)
    low, high = _LIMITS[op](span)
    if low > high:
        return False
    return join(_within(low, high, remote), every=True)


def _within(low: int, high: int, remote: bool) -> Iterator[Comparison]:
    if low > 0:
        yield test_port(Code.PORT_AT_LEAST, low, remote=remote)
    if high < _LAST_PORT:
        yield test_port(Code.PORT_AT_MOST, high, remote=remote)


_LIMITS: Mapping[Op, Callable[[Span], tuple[int, int]]] = {
    Op.EQ: lambda span: (span.low, span.high),
    Op.GT: lambda span: (span.high + 1, _LAST_PORT),
    Op.GE: lambda span: (span.low, _LAST_PORT),
    Op.LT: lambda span: (0, span.low - 1),
    Op.LE: lambda span: (0, span.high),
}
