"""A filter that ss understands selects here what it selects there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from netinspect.commands.ss_flags import MEMORY
from netinspect.decode import decode_capture
from netinspect.local_names import find_cgroup
from netinspect.model import Proto, Sample, TcpState
from netinspect.probe.probe import take_capture
from netinspect.query import parse_query
from tests.commands.cli import run
from tests.lab.netns import Namespace
from tests.peers.scene import Scene
from tests.peers.witnesses import ask_around, ask_netinspect

pytestmark = pytest.mark.root

STATES = (
    *("all", "connected", "synchronized", "bucket", "big", "established", "syn-sent", "syn-recv"),
    *("fin-wait-1", "fin-wait-2", "time-wait", "unconnected", "closed", "close-wait", "last-ack"),
    *("listening", "closing"),
)
HOSTS = (
    *("127.0.0.1", "127.0.0.0/8", "127.0.0.1/31", "10/8", "*", "[::1]", "::1/120"),
    *("[::ffff:127.0.0.1]", "[::ffff:0:0/96]", "fe80::/10", "127.0.0.1/255.0.0.0"),
)
"""Not [::], which ss also takes for 0.0.0.0 where the kernel does not filter for it: under `not`
and beside `dev`."""
COMPARISONS = (
    *("", "=", "==", "eq", "!=", "ne", "neq", ">", "gt", "<", "lt", ">=", "ge", "geq", "<="),
    *("le", "leq"),
)
_LOOKS = 4
ANDS, ORS, NOTS = ("and", "&", "&&", ""), ("or", "|", "||"), ("not", "!")


class Asked:
    """The namespace, and the newest Sample of it."""

    def __init__(self, namespace: Namespace) -> None:
        self.namespace = namespace
        self.look()
        ports = [*self.sample.sockets.local_port, *self.sample.sockets.remote_port]
        self.ports = sorted({int(port) for port in ports})

    def look(self) -> None:
        with self.namespace.entered():
            capture = take_capture()
        self.sample: Sample = decode_capture(b"".join(capture.encode()))

    def ours(self, text: str) -> set[int]:
        sockets = self.sample.sockets
        # ss does not list sockets that are bound and nothing else.
        listed = (sockets.proto != Proto.UNIX) & (sockets.state != TcpState.BOUND)
        return set(sockets.cookie[parse_query(text).mask(self.sample) & listed].tolist())

    def of_ss(self, text: str) -> set[int]:
        lines = self.namespace.run("ss", "-tuanHOe", *text.split())
        return {int(cookie, 16) for cookie in re.findall(r" sk:([0-9a-f]+)", lines)}


@pytest.fixture(scope="module")
def asked(scene: Scene) -> Asked:
    return Asked(scene.namespace)


def terms(ports: list[int]) -> st.SearchStrategy[str]:
    port = st.sampled_from(ports) | st.integers(0, 65535)
    spelled = st.builds(str.format, st.sampled_from([":{}", "{}", ":{:#x}"]), port) | st.just(
        ":ssh"
    )
    compared = st.builds(
        "{} {} {}".format,
        st.sampled_from(["sport", "dport"]),
        st.sampled_from(COMPARISONS),
        spelled,
    )
    end = st.builds(str.__add__, st.sampled_from(HOSTS), st.just("") | port.map(":{}".format))
    ends = st.builds(
        "{} {} {}".format, st.sampled_from(["src", "dst"]), st.sampled_from(["", "=", "=="]), end
    )
    others = st.sampled_from(["dev lo", "dev != lo", "dev = 1", "fwmark 0", "fwmark = 0x1/0xf"])
    return compared | ends | others


def parts(ports: list[int]) -> st.SearchStrategy[str]:
    """Make filters without states before all else."""

    def joined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        bracketed = inner.map("( {} )".format)
        part = terms(ports) | bracketed
        negated = st.builds("{} {}".format, st.sampled_from(NOTS), part)
        some = st.lists(part | negated, min_size=2, max_size=4)
        signs = st.sampled_from(ANDS) | st.sampled_from(ORS)
        alike = st.builds(lambda words, sign: f" {sign} ".join(words), some, signs)
        return alike | negated

    return st.recursive(terms(ports), joined, max_leaves=6)


def expressions(ports: list[int]) -> st.SearchStrategy[str]:
    prefix = st.lists(
        st.builds("{} {}".format, st.sampled_from(["state", "exclude"]), st.sampled_from(STATES)),
        max_size=3,
    ).map(" ".join)
    return st.builds("{} {}".format, prefix, parts(ports))


@settings(
    max_examples=300,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_same_sockets_as_ss(asked: Asked, data: st.DataObject) -> None:
    text = data.draw(expressions(asked.ports))

    expect_agreement(asked, text)


@pytest.mark.parametrize(
    "text",
    [
        "state established sport = :{} or dport = :{}",
        "state listening state close-wait",
        "exclude listening exclude time-wait dst 127.0.0.1",
        "state connected exclude established src [::1]",
        "autobound",
        "state established autobound",
        "src [::]",
        "dst 0.0.0.0 or src ::/64",
    ],
)
def test_what_only_ss_says_that_way_means_the_same(asked: Asked, text: str) -> None:
    expect_agreement(asked, text.format(*asked.ports[-2:]))


def expect_agreement(asked: Asked, text: str) -> None:
    """Compare; where they differ, look again: TIME_WAITs end while one looks."""
    for _ in range(_LOOKS):
        ours, theirs = asked.ours(text), asked.of_ss(text)
        if ours == theirs:
            return
        asked.look()
    raise AssertionError(
        f"{text}: {len(ours - theirs)} of {len(ours)} only here, "
        f"{len(theirs - ours)} of {len(theirs)} only there"
    )


@pytest.mark.parametrize(
    "flags",
    ["-t", "-u", "-ta", "-tan4", "-tl6", "-tuln", "-tu state close-wait", "-ta dport gt 1024"],
)
def test_flags_of_ss_mean_the_same(asked: Asked, flags: str) -> None:
    def of_ss() -> set[int]:
        lines = asked.namespace.run("ss", "-HOe", *flags.split())
        return {int(cookie, 16) for cookie in re.findall(r" sk:([0-9a-f]+)", lines)}

    def ours() -> set[int]:
        rows = ask_netinspect(asked.namespace, "sockets", *flags.split())
        return {int(row["cookie"]) for row in rows if row["state"] != "BOUND"}

    theirs, mine = ask_around(of_ss, ours)

    assert mine == theirs


def test_summary_has_the_numbers_of_ss(asked: Asked) -> None:
    def of_ss() -> dict[str, list[int]]:
        return summary_of(asked.namespace.run("ss", "-s"))

    def ours() -> dict[str, list[int]]:
        done = run("sockets", "-s", prefix=asked.namespace.prefix)
        assert (done.returncode, done.stderr) == (0, "")
        return summary_of(done.stdout)

    theirs, mine = ask_around(of_ss, ours)

    assert mine == theirs
    assert len(mine) == 8


def summary_of(text: str) -> dict[str, list[int]]:
    """Return the numbers of each line."""
    lines = [line for line in text.splitlines() if re.search(r"\d$|\d[ )]", line)]
    numbers = {line.split()[0]: [int(n) for n in re.findall(r"\b\d+\b", line)] for line in lines}
    total, estab, closed, *others = numbers["TCP:"]
    # Both hold the sockets of TCP in all namespaces, so that only the difference stays the same.
    return {**numbers, "TCP:": [total - closed, estab, *others]}


def test_memory_is_what_ss_shows(asked: Asked) -> None:
    def of_ss() -> set[tuple[int, ...]]:
        lines = asked.namespace.run("ss", "-tlnHOem").splitlines()
        return {
            (
                int(re.findall(r" sk:([0-9a-f]+)", line)[0], 16),
                *map(int, re.findall(r"[a-z](\d+)", re.findall(r"skmem:\(([^)]*)\)", line)[0])),
            )
            for line in lines
        }

    def ours() -> set[tuple[int, ...]]:
        rows = ask_netinspect(asked.namespace, "sockets", "-tlem")
        return {(int(row["cookie"]), *(row[name] for name in MEMORY)) for row in rows}

    theirs, mine = ask_around(of_ss, ours)

    assert mine == theirs
    assert len(mine) >= 3


def test_cgroup_is_found_by_its_path(asked: Asked) -> None:
    [own] = re.findall(r"^0::(.*)$", Path("/proc/self/cgroup").read_text(), re.MULTILINE)
    cgroup = find_cgroup(own)

    assert cgroup is not None
    assert asked.ours(f"cgroup {own} and state listen") == asked.ours("proto tcp state listen")
