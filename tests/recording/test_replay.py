"""What comes back from a recording is what was shown live: every bit, in whatever order it is read.

The exports are compared as bytes: whatever a Report is made of is in one of them.
"""

from __future__ import annotations

import random
import socket
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from netinspect.diagnosis import Judgement
from netinspect.exporters import CHECK_EXPORTERS, REPORT_EXPORTERS
from netinspect.model import Sample
from netinspect.panes import PANES
from netinspect.parts import Paper
from netinspect.query import Query
from netinspect.recording.memory import MemoryTimeline
from netinspect.recording.reader import Recording
from netinspect.recording.timeline import Moment, MomentList, Timeline
from netinspect.recording.writer import RecordingWriter
from netinspect.report import PaneRequest, build_report, build_window
from netinspect.sources.local import InProcessSource
from netinspect.sources.options import SourceOptions
from tests.lab.netns import make_namespace
from tests.recording.moments import assert_same, judge, web_07
from tests.samples import make_sample, namespace, process, tcp


def record(path: Path, moments: Sequence[Moment]) -> Recording:
    writer = RecordingWriter(str(path))
    for moment in moments:
        writer.append(moment)
    writer.close()
    return Recording(str(path))


def remember(moments: Sequence[Moment]) -> MemoryTimeline:
    memory = MemoryTimeline(1 << 30)
    for moment in moments:
        memory.append(moment)
    return memory


def all_orders(count: int) -> Iterator[int]:
    yield from range(count)
    yield from reversed(range(count))
    yield from random.Random(5).sample(range(count), count)


def report_bytes(moment: Moment, *, page: bool = False) -> bytes:
    """Write a Report in all formats; as a page, which takes longer than all others, if wanted."""
    window = build_window(
        moment.sample, moment.before, Query(), with_unix=True, findings=moment.findings
    )
    requests = [PaneRequest.default(pane) for pane in PANES]
    report = build_report(window, requests, moment.explanations)
    exporters = [e for e in (*REPORT_EXPORTERS, *CHECK_EXPORTERS) if page or e.name != "html"]
    return b"\0".join(b"".join(one.write(report, Paper())) for one in exporters)


def assert_replays(timeline: Timeline, moments: Sequence[Moment]) -> None:
    expected = MomentList(moments).overview
    assert_same(timeline.overview, expected)
    for index in all_orders(len(moments)):
        assert_same(timeline.read(index), moments[index], f"moment {index}")


def test_recorded_host_comes_back_as_it_was(tmp_path: Path) -> None:
    recording = record(tmp_path / "web.nirec", web_07())

    assert_replays(recording, web_07())
    assert recording.note is None


def test_memory_gives_back_what_was_shown() -> None:
    assert_replays(remember(web_07()), web_07())


def test_reports_of_the_recorded_host_are_the_same_bytes(tmp_path: Path) -> None:
    moments = web_07()
    live = [report_bytes(moment) for moment in moments]

    recording = record(tmp_path / "web.nirec", moments)

    for index in all_orders(len(moments)):
        assert report_bytes(recording.read(index)) == live[index], index
    assert report_bytes(recording.read(9), page=True) == report_bytes(moments[9], page=True)


@pytest.mark.root
def test_reports_of_a_leak_that_grows_are_the_same_bytes(tmp_path: Path) -> None:
    at_once = Judgement({"close-wait-leak": {"seconds": 0.0, "lasting_seconds": 0.0}})
    moments = list(judge(watch_a_leak(30), at_once))
    live = [report_bytes(moment) for moment in moments]
    assert "close-wait-leak" in {finding.code for finding in moments[-1].findings}

    recording = record(tmp_path / "leak.nirec", moments)

    assert_replays(recording, moments)
    for index in all_orders(len(moments)):
        assert report_bytes(recording.read(index)) == live[index], index


def watch_a_leak(samples: int) -> list[Sample]:
    """Look at a process that does not close what its peers have closed, in a namespace of its own.

    More looks than one group has, so that some moments are compared over its border.
    """
    with make_namespace() as here, here.entered(), ExitStack() as stack:
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=64))
        leaked = []
        source = InProcessSource(SourceOptions(interval=0.05, live=False))
        stack.callback(source.close)
        taken = []
        for _ in range(samples):
            for _ in range(12):
                client = socket.create_connection(server.getsockname())
                leaked.append(stack.enter_context(server.accept()[0]))
                client.send(b"?")
                client.close()
            taken.append(source.read())
    return taken


def test_what_is_compared_with_a_sample_that_was_not_recorded_brings_it_along(
    tmp_path: Path,
) -> None:
    moments = web_07()
    some = [moments[0], moments[1], moments[5], moments[6], moments[9]]

    recording = record(tmp_path / "gaps.nirec", some)

    assert_replays(recording, some)


def test_moment_without_a_predecessor_has_none_when_it_comes_back(tmp_path: Path) -> None:
    moments = [Moment(moment.sample, None, moment.findings) for moment in web_07()[:4]]

    recording = record(tmp_path / "alone.nirec", moments)

    assert_replays(recording, moments)


def test_host_that_restarts_everything_comes_back(tmp_path: Path) -> None:
    samples = [
        make_sample([tcp("LISTEN", "0.0.0.0:80", pids=[7])], [process(7)]),
        make_sample([], [], at=1),
        make_sample([tcp("ESTABLISHED", "[::1]:80", "[::1]:9", pids=[9, 8])], [process(9)], at=2),
        make_sample(
            [tcp("ESTABLISHED", "[::1]:80", "[::1]:9", pids=[9], rtt=5)],
            [process(9, fds=None), process(3)],
            at=3,
            namespaces=[namespace(counters={"b": 2, "a": 1}), namespace(inode=7)],
        ),
    ]
    moments = list(judge(samples))

    assert_replays(record(tmp_path / "some.nirec", moments), moments)


def test_steps_over_the_border_of_a_group_are_as_they_were(tmp_path: Path) -> None:
    samples = [
        make_sample([tcp("ESTABLISHED", "10.0.0.1:80", "10.0.0.9:41", bytes_acked=n)], at=n)
        for n in range(50)
    ]
    moments = list(judge(samples))

    assert_replays(record(tmp_path / "groups.nirec", moments), moments)
    assert_replays(remember(moments), moments)


def test_file_that_grows_shows_what_came(tmp_path: Path) -> None:
    path = str(tmp_path / "grows.nirec")
    writer = RecordingWriter(path)
    writer.append(web_07()[0])
    recording = Recording(path)
    assert len(recording.overview) == 1

    writer.append(web_07()[1])

    assert len(recording.overview) == 2
    assert_same(recording.read(1), web_07()[1])
    writer.close()


def test_order_of_names_is_kept(tmp_path: Path) -> None:
    names = ({"http": 2, "gc": 1}, {"gc": 1, "http": 2}, {"gc": 1, "http": 2, "main": 1})
    samples = [
        make_sample([], [process(7, thread_names=some)], at=n) for n, some in enumerate(names)
    ]
    moments = list(judge(samples))

    assert_replays(record(tmp_path / "names.nirec", moments), moments)
