"""Which source is opened, and the change to another when the kernel lists no sockets."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace

import pytest

from netinspect.model import Sample
from netinspect.sources import Kind, SourceOptions, open_source
from netinspect.sources.auto import AutoSource
from netinspect.sources.child import ChildSource
from netinspect.sources.frames import has_sockets
from tests.samples import make_sample

PROBED = make_sample()
PORTABLE = replace(PROBED, origin="psutil")


def frame(*sections: str) -> bytearray:
    header = {"sections": [{"name": name, "netns": 0, "length": 0} for name in sections]}
    text = json.dumps(header).encode()
    return bytearray(struct.pack("<I", len(text)) + text)


class FakeSource:
    """A source that gives one frame and one Sample for ever."""

    def __init__(self, data: bytearray, sample: Sample) -> None:
        self.data = data
        self.sample = sample
        self.target = "host"
        self.calls: list[str] = []

    def read_frame(self) -> bytearray:
        return self.data

    def decode(self, data: bytearray) -> Sample:
        return self.sample

    def read(self) -> Sample:
        return self.sample

    def refresh(self) -> None:
        self.calls.append("refresh")

    def set_interval(self, seconds: float) -> None:
        self.calls.append(f"interval {seconds}")

    def watch(self, cookies: Sequence[int]) -> None:
        self.calls.append(f"watch {cookies}")

    def close(self) -> None:
        self.calls.append("close")


@pytest.mark.parametrize("section", ["sock_diag.listen4", "proc_net.tcp"])
def test_probe_that_lists_sockets_is_kept(section: str) -> None:
    probe, other = FakeSource(frame(section), PROBED), FakeSource(frame(), PORTABLE)
    source = AutoSource(probe, lambda: other)

    assert [source.read().origin for _ in range(2)] == [PROBED.origin] * 2
    assert probe.calls == []


def test_probe_that_lists_none_is_replaced_and_closed() -> None:
    probe, other = FakeSource(frame("processes"), PROBED), FakeSource(frame(), PORTABLE)
    source = AutoSource(probe, lambda: other)

    assert [source.read().origin for _ in range(2)] == ["psutil"] * 2
    assert probe.calls == ["close"]


def test_requests_go_to_the_source_in_use() -> None:
    probe, other = FakeSource(frame("processes"), PROBED), FakeSource(frame(), PORTABLE)
    source = AutoSource(probe, lambda: other)
    source.read()

    source.refresh()
    source.set_interval(3)
    source.watch([1])
    source.close()

    assert other.calls == ["refresh", "interval 3", "watch [1]", "close"]


def test_capture_without_socket_sections_has_no_sockets() -> None:
    assert not has_sockets(frame("net.snmp", "owners"))
    assert has_sockets(frame("net.snmp", "proc_net.udp6"))


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        (SourceOptions(), AutoSource),
        (SourceOptions(kind=Kind.NETLINK), ChildSource),
        (SourceOptions(kind=Kind.PROC, live=False), ChildSource),
    ],
    ids=["auto", "netlink, live", "proc, once"],
)
def test_options_choose_the_source(options: SourceOptions, kind: type) -> None:
    source = open_source(options)

    assert isinstance(source, kind)
    source.close()


_WITHOUT_PROCESSES = """
import os, resource
import netinspect.decode, netinspect.sources.child, netinspect.sources.local
from netinspect.errors import SourceError
from netinspect.sources import Kind, SourceOptions, open_source
os.setuid(65534)
resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
source = open_source(SourceOptions(kind=Kind.PROC, live=False))
print(type(source).__name__, len(source.read().processes) > 0)
try:
    open_source(SourceOptions(kind=Kind.PROC))
except SourceError as error:
    print(error.message)
"""


@pytest.mark.root
def test_command_that_may_start_no_process_looks_by_itself() -> None:
    words = [sys.executable, "-c", _WITHOUT_PROCESSES]

    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)

    assert done.stdout.splitlines() == [
        "InProcessSource True",
        f"the probe ({sys.executable}) cannot be started: Resource temporarily unavailable",
    ], done.stderr
