"""What is handed on tells no address, name, path or command line; all else it tells the same."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from importlib import resources
from typing import get_args, get_type_hints

import jsonschema
import numpy as np
import pytest

from netinspect.diagnosis import History, Judgement, diagnose
from netinspect.explanations import explain_finding
from netinspect.exporters import REPORT_EXPORTERS, TABLE_EXPORTERS, snapshot_json
from netinspect.finding import Explanation, Finding, FindingKey, Subject
from netinspect.humanize import address_text, safe_text
from netinspect.measures.runtimes import RUNTIMES
from netinspect.measures.steps import take_step
from netinspect.model import Host, Note, Process, Row, Sample, SocketTable, Trail
from netinspect.panes import PANES
from netinspect.parts import Paper, Report
from netinspect.query import Query
from netinspect.recording.timeline import Moment
from netinspect.redaction import Redactor
from netinspect.redaction.addresses import Addresses
from netinspect.redaction.names import Names
from netinspect.redaction.samples import NOTE
from netinspect.report import PaneRequest, build_report, build_window
from netinspect.snapshots import parse_snapshot
from tests.recordings.replay import read_samples
from tests.samples import make_sample, namespace, process, tcp, udp, unix

SECRET = b"a secret"
EVIL = "<b>acme</b>\x1b]0;\u202e=cmd|' /C'!A1"
CONTAINER = "3f2ad81c09b7" + "0c" * 26


def hostile_samples() -> list[Sample]:
    """Make a host whose names look like numbers, addresses, markup and words of the prose."""
    evil = safe_text(EVIL)
    held = [
        tcp("LISTEN", "0.0.0.0:8080", pids=[812], recv_q=129, send_q=128),
        tcp("LISTEN", "[2a01:4f8:77::5]:443", pids=[901, 902], recv_q=9, send_q=8, uid=1001),
        tcp("ESTABLISHED", "77.1.2.3:8080", "77.1.2.99:41000", pids=[812], recv_q=100),
        tcp("ESTABLISHED", "[fe80::7:9]:22", "[2a01:4f8:77::6]:41000", pids=[902]),
        *(
            tcp("CLOSE_WAIT", f"10.77.0.4:{40000 + i}", "77.9.8.7:5432", pids=[901], recv_q=1)
            for i in range(120)
        ),
        tcp("SYN_SENT", "10.77.0.4:50000", "169.254.77.1:6379", key=(1 << 63) + 777, cookie=0),
        udp("0.0.0.0:5353", pids=[903]),
        unix("/run/acmecorp/orders.sock", pids=[901]),
        unix(f"@{evil}", pids=[903]),
    ]
    cgroup = f"/system.slice/docker-{CONTAINER}.scope"
    known = {
        "user": "aliceacme",
        "unit": "acmecorp@blue.service",
        "exe": "/srv/acmecorp/ledger (deleted)",
        "cmdline": ("/srv/acmecorp/ledger", "--token=s3cr3tacme", "77.1.2.3"),
        "cgroup": "/system.slice/acmecorp@blue.service",
    }
    running = [
        process(812, "java", uid=1001, **{**known, "thread_names": {"acmepool-": 3}}),
        process(901, "ledgerworker", uid=1001, fds=1024, **known),
        process(902, "10.77.0.4", uid=1001, **{**known, "unit": None, "cgroup": cgroup}),
        process(903, evil, uid=1002, user=evil[:20], container=CONTAINER[:12]),
    ]
    host = Host("web-acme.example.com", boot_id="0b5f3d5e-7a51-4a2f-9a53-0c4a2f3b9d11", euid=0)
    note = Note("owners", "refused for ledgerworker[901] of aliceacme", "ask web-acme", 3)
    gone = process(777, "acmejob", user="aliceacme", cmdline=("/srv/acmecorp/job", "77.1.2.3"))
    ended = tcp("ESTABLISHED", "10.77.0.4:39999", "77.1.2.3:5432", pids=[777], key=7777)
    return [
        replace(sample, host=host, notes=(note,))
        for sample in (
            make_sample(
                [*held, ended] if i < 7 else held,
                [*running, gone] if i < 7 else running,
                namespaces=[namespace()],
                at=2.0 * i,
            )
            for i in range(8)
        )
    ]


def build(samples: list[Sample]) -> Report:
    """Judge Samples and build the whole Report of the last, every explanation attached."""
    history, before, last, trail = History(), None, None, Trail()
    for sample in samples:
        window = build_window(sample, before, Query())
        found = diagnose(window, history, Judgement())
        trail = trail.add(take_step(window))
        history, last, before = found.history, before, sample
    window = build_window(
        samples[-1], last, Query(), with_unix=True, findings=found.findings, trail=trail
    )
    explanations = {f.key: explain_finding(f) for f in found.findings}
    return build_report(window, [PaneRequest.default(pane) for pane in PANES], explanations)


@pytest.fixture(scope="module", params=["web-07", "hostile"])
def report(request: pytest.FixtureRequest) -> Report:
    return build(read_samples() if request.param == "web-07" else hostile_samples())


def documents(report: Report) -> Iterator[tuple[str, str]]:
    """Write a Report in every format, and every pane of it as a table."""
    for exporter in REPORT_EXPORTERS:
        yield exporter.name, b"".join(exporter.write(report, Paper())).decode()
    for exporter in TABLE_EXPORTERS:
        for name, table in report.tables.items():
            one = replace(report, tables={name: replace(table, fields=table.pane.fields)})
            yield f"{name} {exporter.name}", b"".join(exporter.write(one, Paper())).decode()


def originals(sample: Sample) -> set[str]:
    """Return all that a Sample tells and a redacted one must not."""
    names, secrets = Names(b""), {sample.host.name, sample.host.boot_id or ""}
    secrets |= {text for text in addresses(sample.sockets) if Addresses(b"").text(text) != text}
    secrets |= {path for path in sample.sockets.paths if names.path(path) != path}
    for one in sample.processes.values():
        secrets |= {text for text in told_of(one, names) if text}
    # Words of the explanations, and an argument that is a loopback end as commands write it.
    return secrets - {"", *RUNTIMES, "127.0.0.1:6379"}


def redacted_report(report: Report, secret: bytes = SECRET) -> Report:
    """Redact all of a Report as a file of it is; its tables are made anew."""
    redactor = Redactor(secret)
    return build_report(
        redactor.redact_window(report.window),
        [PaneRequest.default(table.pane) for table in report.tables.values()],
        redactor.redact_explanations(report.explanations),
    )


def addresses(sockets: SocketTable) -> set[str]:
    halves = [(sockets.local_hi, sockets.local_lo), (sockets.remote_hi, sockets.remote_lo)]
    return {
        address_text(high, low)
        for highs, lows in halves
        for high, low in zip(highs.tolist(), lows.tolist(), strict=True)
    }


def told_of(one: Process, names: Names) -> Iterator[str | None]:
    for name in (one.name, one.comm):
        yield name if names.process(name) != name else None
    yield one.user if one.user and names.user(one.user) != one.user else None
    yield from (p for p in (one.exe, one.cgroup) if p and names.path(p) != p)
    yield one.unit if one.unit and names.part(one.unit) != one.unit else None
    yield one.container
    words = one.cmdline or ()
    told = zip(words, names.command(words), strict=True)
    yield from (word for word, new in told if word != new and len(word) > 3)
    yield from (name for name in one.thread_names or () if "acme" in name)


def test_no_original_is_left_in_any_document(report: Report) -> None:
    window = report.window
    secrets = originals(window.now) | originals(window.before or window.now)
    assert len(secrets) > 10
    any_secret = re.compile(
        r"(?<![\w.])(?:" + "|".join(map(re.escape, sorted(secrets, key=len))) + r")(?!\w)"
    )

    for name, text in documents(redacted_report(report)):
        assert any_secret.findall(text) == [], name
        assert "acme" not in text, name
        assert "ledger" not in text, name


def test_redacted_snapshot_has_the_published_form_and_opens(report: Report) -> None:
    text = resources.files("netinspect.schemas").joinpath("snapshot-1.json").read_text()

    redacted = redacted_report(report)
    document = b"".join(snapshot_json.EXPORTER.write(redacted, Paper()))

    jsonschema.Draft202012Validator(json.loads(text)).validate(json.loads(document))
    moment = parse_snapshot(document, "a.json")
    assert moment.sample.host == redacted.host
    assert [f.key for f in moment.findings] == [f.key for f in redacted.findings]


def test_structure_and_numbers_stay(report: Report) -> None:
    redacted = redacted_report(report)

    was, now = report.window.now.sockets, redacted.window.now.sockets
    for column in ("state", "local_port", "remote_port", "recv_q", "pid", "inode", "cookie", "uid"):
        assert (getattr(was, column) == getattr(now, column)).all(), column
    assert len(np.unique(was.key)) == len(np.unique(now.key))
    for side in ("local", "remote"):
        pairs = [
            np.unique(np.stack([getattr(t, f"{side}_hi"), getattr(t, f"{side}_lo")]), axis=1)
            for t in (was, now)
        ]
        assert pairs[0].shape == pairs[1].shape, "no two addresses have become one"
    for name, table in report.tables.items():
        assert len(table.order) == len(redacted.tables[name].order), name
    assert (report.window.selected == redacted.window.selected).all()


def test_history_of_rows_stays(report: Report) -> None:
    redacted = redacted_report(report)

    for pane in ("processes", "descriptors"):
        was, now = ({row.key: row for row in rows(r, pane)} for r in (report, redacted))
        assert was.keys() == now.keys()
        place = report.tables[pane].rows.fields.index("history")
        assert any(row.values[place] for row in was.values())
        for key in was:
            assert (was[key].values[place], was[key].age) == (now[key].values[place], now[key].age)


def rows(report: Report, pane: str) -> list[Row]:
    table = report.tables[pane]
    return [table.rows.row(i) for i in table.order.tolist()]


def test_findings_are_the_same_with_the_same_numbers(report: Report) -> None:
    redacted = redacted_report(report)

    assert len(report.findings) > 1
    keys = {finding.key for finding in redacted.findings}
    for was, now in zip(report.findings, redacted.findings, strict=True):
        assert (now.code, now.severity, now.level, now.since) == (
            *(was.code, was.severity, was.level, was.since),
        )
        assert [e.name for e in now.evidence] == [e.name for e in was.evidence]
        numbers = [(a.value, b.value) for a, b in zip(was.evidence, now.evidence, strict=True)]
        assert all(a == b for a, b in numbers if not isinstance(a, str))
        assert (
            re.findall(r"(?<![\w.:-])[\d,]+(?![\w.:])", was.summary)[:1]
            == (re.findall(r"(?<![\w.:-])[\d,]+(?![\w.:])", now.summary)[:1])
        )
        assert set(now.causes) <= keys
        assert np.isin(now.sockets, redacted.window.now.sockets.key).sum() == (
            np.isin(was.sockets, report.window.now.sockets.key).sum()
        )


def test_prose_of_explanations_stays(report: Report) -> None:
    redacted = redacted_report(report)

    was, now = texts(report.explanations), texts(redacted.explanations)
    assert len(was) == len(now) > 50
    assert sum(a == b for a, b in zip(was, now, strict=True)) > 0.7 * len(was)


def texts(explanations: Mapping[FindingKey, Explanation]) -> list[str]:
    every = [s for one in explanations.values() for s in one.sections]
    return [block.text for section in every for block in section.blocks]


def test_same_secret_gives_the_same_bytes_and_another_gives_others(report: Report) -> None:
    first, again, other = (
        dict(documents(redacted_report(report, secret))) for secret in (SECRET, SECRET, b"another")
    )

    assert first == again
    assert all(first[exporter.name] != other[exporter.name] for exporter in REPORT_EXPORTERS)


def test_moments_of_a_recording_hang_together() -> None:
    redactor, samples = Redactor(SECRET), hostile_samples()

    first = redactor.redact_moment(Moment(samples[0]))
    second = redactor.redact_moment(Moment(samples[1], samples[0]))

    assert second.before is first.sample
    assert redactor.redact_sample(first.sample).notes.count(NOTE) == 1
    assert first.sample.notes[0] == NOTE, "it is seen wherever only the first ones are"


@pytest.mark.parametrize(
    ("kind", "replaced", "kept"),
    [
        (Process, "comm name user cmdline exe cgroup unit container", "state"),
        (Host, "name boot_id", "kernel"),
        (Subject, "key text name unit container local_addr remote_addr", ""),
        (Finding, "summary disproof", "code title runtime"),
    ],
)
def test_every_field_of_text_is_replaced_or_known_to_tell_nothing(
    kind: type, replaced: str, kept: str
) -> None:
    texts = {
        name
        for name, hint in get_type_hints(kind).items()
        if str in (hint, *get_args(hint)) or tuple[str, ...] in get_args(hint)
    }

    assert texts == {*replaced.split(), *kept.split()}


def test_prose_is_no_name() -> None:
    """A process that is called `connections` changes no connection in an explanation."""
    sample = make_sample(
        [tcp("LISTEN", "0.0.0.0:8080", pids=[812], recv_q=129, send_q=128)],
        [process(812, "connections")],
        namespaces=[namespace()],
    )

    redacted = redacted_report(build([sample]))

    seen = " ".join(texts(redacted.explanations))
    assert "129 connections wait for accept()" in seen
    assert Names(SECRET).process("connections") != "connections"
