"""A filter becomes states and a program for the kernel: all that it selects passes, maybe more."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netinspect.probe.sock_diag import narrow, parse_only, tables
from netinspect.query import parse_query
from netinspect.query.kernel_code import Comparison, Condition, assemble, join, negate

FIRST, SECOND = Comparison(7, bytes(8)), Comparison(8, bytes(8))


def run(program: bytes, holds: dict[int, bool]) -> bool:
    """Run a program as the kernel does. holds: by code."""
    left = program
    while left:
        code, yes, no = struct.unpack_from("=BBH", left)
        step = yes if code != 1 and holds[code] else no
        if step > len(left):
            return False
        left = left[step:]
    return True


def check(program: bytes) -> None:
    """Check a program as inet_diag_bc_audit() of net/ipv4/inet_diag.c does."""
    places, at = {0}, 0
    while at < len(program):
        at += program[at + 1]
        places.add(at)
    at = 0
    while at < len(program):
        code, yes, no = struct.unpack_from("=BBH", program, at)
        least = 4 if code == 1 else 12
        assert least <= yes
        assert least <= no <= len(program) - at + 4
        assert yes % 4 == no % 4 == 0
        assert at + no > len(program) or at + no in places
        at += yes


conditions = st.recursive(
    st.sampled_from([FIRST, SECOND, True, False]),
    lambda inner: st.one_of(
        inner.map(negate),
        st.builds(
            lambda parts, every: join(parts, every=every),
            st.lists(inner, min_size=1, max_size=4),
            st.booleans(),
        ),
    ),
    max_leaves=12,
)


def truth(condition: Condition, holds: dict[int, bool]) -> bool:
    if isinstance(condition, bool):
        return condition
    if isinstance(condition, Comparison):
        return holds[condition.code]
    if hasattr(condition, "part"):
        return not truth(condition.part, holds)
    found = (truth(part, holds) for part in condition.parts)
    return all(found) if condition.every else any(found)


@given(conditions, st.booleans(), st.booleans())
def test_program_says_what_the_condition_does(
    condition: Condition, first: bool, second: bool
) -> None:
    holds = {7: first, 8: second}
    program = assemble(condition)

    check(program)
    assert run(program, holds) == truth(condition, holds)


@pytest.mark.parametrize(
    ("text", "dumps"),
    [
        ("", None),
        ("nginx", None),
        ("not nginx", None),
        ("state listen or nginx", None),
        ("not (nginx and state listen)", None),
        ("proto tcp and proto udp", None),
        ("state listen and nginx", "listen4:00040000,udp4:00040000,listen6:00040000,udp6:00040000"),
        (
            "not (nginx or proto udp) and state listen",
            "listen4:00040000,listen6:00040000,unix:00040000",
        ),
        ("proto unix", "unix:ffffffff"),
        ("state syn-recv family inet proto tcp", "tcp4:08100000"),
        ("state bound family inet proto tcp", "tcp4:80200000"),
        ("state close family 6 proto udp", "udp6:80000000"),
    ],
)
def test_states_protocols_and_families_choose_what_is_listed(text: str, dumps: str | None) -> None:
    assert parse_query(text).dumps == dumps


def test_program_that_is_too_long_is_left_out() -> None:
    long = "port " + ",".join(map(str, range(1, 1000)))

    assert parse_query(f"{long} proto udp").dumps == "udp4:ffffffff,udp6:ffffffff"
    assert parse_query("port 1,2,3").dumps != parse_query("port 1,2").dumps


def test_probe_rewrites_its_requests() -> None:
    asked = parse_only("tcp6:020000000c0001000704000001040000,listen4:00040000")
    narrowed = [table for one in tables(True) if (table := narrow(one, asked)).dumps]

    (listen,), (others,) = (table.dumps for table in narrowed)
    assert listen[0] == "sock_diag.listen4"
    assert (others[0], others[1][4:8]) == ("sock_diag.tcp6", b"\2\0\0\0")
    assert others[1][56:] == b"\x0c\0\1\0" + bytes.fromhex("0704000001040000")


@pytest.mark.parametrize(
    "text",
    [
        *("", "tcp4", "tcp4:zz", "tcp4:00", "tcp4:0000000000", "tcp4:00000002:07"),
        f"tcp4:{'00' * 10_000}",
    ],
)
def test_probe_refuses_what_it_cannot_ask_for(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_only(text)
