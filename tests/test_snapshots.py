"""Snapshots: what is written is read again, and what is wrong in a file is said."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

from netinspect.decode.owners import join_owners
from netinspect.errors import NetinspectError
from netinspect.exporters import REPORT_EXPORTERS
from netinspect.model import COLUMNS, Limits, Process, Proto, SocketTable
from netinspect.panes import PANES
from netinspect.parts import Exporter, Paper
from netinspect.query import parse_query
from netinspect.recording.timeline import Moment
from netinspect.report import PaneRequest, build_report, build_window
from netinspect.snapshots import parse_snapshot
from tests.exporters.reports import hostile_host, web_server
from tests.moments import busy_moment, document_of, same_finding, window_of
from tests.recording.moments import web_07
from tests.samples import make_sample, namespace, process, tcp

BUSY = document_of(busy_moment())
NAN = json.loads("NaN")


def opened(data: bytes) -> Moment:
    return parse_snapshot(data, "file")


def small_document() -> dict[str, Any]:
    """Return a whole document that is short enough to break it everywhere."""
    sample = make_sample(
        [tcp("LISTEN", "0.0.0.0:80", pids=[7])], [process(7, "x", thread_names={"a": 1})]
    )
    document: dict[str, Any] = json.loads(document_of(Moment(sample)))
    return document


@pytest.mark.parametrize(
    "moment",
    [
        busy_moment(),
        Moment(web_server()),
        Moment(hostile_host()),
        Moment(make_sample()),
        Moment(make_sample(namespaces=[namespace(inode=1), namespace(inode=0)])),
    ],
    ids=["busy", "web", "hostile", "empty", "namespaces"],
)
def test_opened_snapshot_writes_the_same_bytes(moment: Moment) -> None:
    document = document_of(moment)

    assert document_of(opened(document)) == document


@pytest.mark.parametrize("exporter", REPORT_EXPORTERS, ids=lambda exporter: exporter.name)
def test_every_format_of_a_recorded_host_is_the_same_from_its_snapshot(exporter: Exporter) -> None:
    moment = web_07()[-1]

    again = opened(document_of(moment))

    assert exported(exporter, again) == exported(exporter, moment)


def exported(exporter: Exporter, moment: Moment) -> bytes:
    """Write a moment with all panes."""
    report = build_report(window_of(moment), map(PaneRequest.default, PANES), moment.explanations)
    return b"".join(exporter.write(report, Paper()))


def test_every_column_comes_back() -> None:
    rng = np.random.default_rng(5)
    known: dict[str, Any] = {
        name: rng.integers(0, 100, 50).astype(column.dtype) for name, column in COLUMNS.items()
    }
    known |= {
        "key": rng.integers(1, 2**64 - 1, 50, np.uint64),
        "proto": np.full(50, Proto.TCP, np.uint8),
        "family": np.full(50, 2, np.uint8),
        "local_hi": np.zeros(50, np.uint64),
        "local_lo": np.full(50, 0xFFFF_0A00_0001, np.uint64),
        "remote_hi": rng.integers(0, 2**63, 50, np.uint64),
        "rtt": rng.integers(1, 9, 50),
        "path": np.full(50, -1),
    }
    sample = make_sample()
    sockets = join_owners(SocketTable.build(50, **known), sample.owners, some_hidden=True)
    sample = replace(sample, sockets=sockets)

    again = opened(document_of(Moment(sample))).sample.sockets

    for name in COLUMNS:
        assert getattr(again, name).tolist() == getattr(sockets, name).tolist(), name
        assert getattr(again, name).dtype == COLUMNS[name].dtype


def test_findings_and_explanations_come_back_whole() -> None:
    moment = busy_moment()

    again = opened(document_of(moment))

    assert len(again.findings) == len(moment.findings)
    assert all(map(same_finding, again.findings, moment.findings))
    assert again.explanations == moment.explanations
    assert list(again.explanations) == list(moment.explanations)


def test_processes_limits_and_settings_come_back() -> None:
    moment = busy_moment()

    again = opened(document_of(moment))

    for sample, before in ((again.sample, moment.sample), (again.before, moment.before)):
        assert sample is not None
        assert before is not None
        assert sample.processes == before.processes
        assert sample.limits == before.limits
        assert sample.namespaces == before.namespaces
        assert (sample.host, sample.cost, sample.monotonic) == (
            *(before.host, before.cost, before.monotonic),
        )


def test_snapshot_of_the_first_version_is_read_for_ever() -> None:
    moment = opened((Path(__file__).parent / "recordings" / "snapshot-1.json").read_bytes())

    assert window_of(moment).elapsed == 2.0
    assert [f.code for f in moment.findings] == ["accept-queue-full", "listener-orphaned-child"]
    assert [key.code for key in moment.explanations] == ["accept-queue-full", "close-wait-leak"]
    assert moment.sample.sockets.state.tolist() == [10, 8, 99, 7, 1]
    assert [p.name for p in moment.sample.processes.values()] == ["nginx", "nginx", "x"]


def test_rates_are_those_of_then() -> None:
    window = window_of(opened(BUSY))

    assert window.elapsed == 2.0
    row = json.loads(BUSY)["sockets"]["columns"]["send_rate"]
    assert row[1] == 7.0


def test_filtered_snapshot_says_what_it_lacks() -> None:
    window = build_window(web_server(), None, parse_query("pid 900"), with_unix=True)
    report = build_report(window, ())
    (exporter,) = (e for e in REPORT_EXPORTERS if e.name == "json")

    sample = opened(b"".join(exporter.write(report, Paper()))).sample

    assert len(sample.sockets) == 2
    assert sample.notes[-1].message == (
        "1 of 6 sockets are in the snapshot: it was written with a filter"
    )


@pytest.mark.parametrize("document", [BUSY, document_of(Moment(hostile_host()))])
def test_document_is_valid_by_its_schema(document: bytes) -> None:
    text = resources.files("netinspect.schemas").joinpath("snapshot-1.json").read_text()
    schema = json.loads(text)

    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(json.loads(document))


def test_schema_knows_every_field() -> None:
    text = resources.files("netinspect.schemas").joinpath("snapshot-1.json").read_text()
    schema, document = json.loads(text), json.loads(BUSY)

    columns = schema["$defs"]["sockets"]["properties"]["columns"]["properties"]
    assert set(columns) == set(document["sockets"]["columns"])
    assert set(schema["properties"]) == set(document)
    assert set(schema["properties"]["before"]["properties"]) == set(document["before"])
    for name, kind in (("process", Process), ("limits", Limits)):
        assert set(schema["$defs"][name]["properties"]) == {f.name for f in fields(kind)}
    for name in ("finding", "subject", "evidence", "key", "explanation", "host", "note"):
        assert schema["$defs"][name] == _report_schema()["$defs"][name], name


def _report_schema() -> dict[str, Any]:
    text = resources.files("netinspect.schemas").joinpath("report-1.json").read_text()
    schema: dict[str, Any] = json.loads(text)
    return schema


def test_unknown_fields_are_ignored_and_columns_may_be_missing() -> None:
    document = small_document()
    columns = document["sockets"]["columns"]
    columns |= {"new": [{}], "state": ["STATE_200"]}
    for name in ("rtt", "timer", "owner_reason", "user", "inode"):
        del columns[name]
    document |= {"new": 1}
    document["processes"][0]["new"] = {"a": []}

    sample = opened(json.dumps(document).encode()).sample

    assert (sample.sockets.state[0], sample.sockets.rtt[0]) == (200, -1)
    assert (sample.sockets.pid[0], sample.processes[7].name) == (7, "x")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b'{"schema":"netinspect.snapshot/2","x":1}', "file is netinspect.snapshot/2, which"),
        (b'{"schema":"netinspect.report/1"}', "file is a document of another kind (netins"),
        (b'{"schema":["netinspect.snapshot/1"]}', "file is no snapshot"),
        (b"{}", "file is no snapshot"),
        (b"[]", "file is no snapshot"),
        (b'{"proto":"tcp"}\n{"proto":"udp"}\n', "more than one JSON document, as NDJSON is"),
        (b"proto,state\ntcp,LISTEN\n", "file is CSV: write snapshots as JSON to open them again"),
        (b"<!DOCTYPE html><p>", "file is a page for a browser: write snapshots as JSON"),
        (b"#!/bin/sh\n", "file is nothing that can be opened"),
        (b'{"schema":"netinspect.snapshot/1",', "file is damaged at offset 34"),
        (b'{"a":' + b"[" * 100_000, "file is no snapshot: it is nested too deeply"),
        (b'{"a":' * 100_000, "file is no snapshot: it is nested too deeply"),
        (b'{"a":' + b"9" * 100_000 + b"}", "file is damaged"),
        (b"[" * 11_000_000, "file is too large for a snapshot: it holds too many values"),
        (b"\xff\xfe{}", "file is"),
    ],
)
def test_what_cannot_be_opened_is_said_in_one_line(data: bytes, message: str) -> None:
    with pytest.raises(NetinspectError) as caught:
        opened(data)

    assert message in caught.value.message


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("sockets", "columns", "rtt"), [1, 2], "file: sockets.rtt: 2 values, and 1 sockets"),
        (("sockets", "columns", "rtt"), [1 << 70], "file: sockets.rtt: a number that is not from"),
        (("sockets", "columns", "rtt"), ["1"], "file: sockets.rtt: not all int or null"),
        (("sockets", "columns", "key"), ["-1"], "file: sockets.key: not a number as text"),
        (("sockets", "columns", "local_addr"), ["1.2.3"], "'1.2.3' is no address"),
        (("sockets", "columns", "proto"), ["sctp"], "'sctp' is not known"),
        (("taken_at",), "yesterday", "`taken_at` is not a time such as"),
        (("taken_at",), "9999-12-31T23:59:59-12:00", "`taken_at` is not a time such as"),
        (("taken_at",), "1969-12-31T23:59:59Z", "`taken_at` is not a time such as"),
        (("monotonic",), NAN, "`monotonic` is not a finite number"),
        (("processes", 0, "pid"), 1 << 40, "`processes` is not a list of processes with pids"),
        (("host", "name"), None, "`host` is not as it should be: name: None is not of type str"),
    ],
)
def test_wrong_value_is_named_with_its_place(
    path: tuple[Any, ...], value: Any, message: str
) -> None:
    document = small_document()
    put(document, path, value)

    with pytest.raises(NetinspectError) as caught:
        opened(json.dumps(document).encode())

    assert message in caught.value.message


def test_text_of_a_file_is_made_safe() -> None:
    data = BUSY.replace(b'"nginx"', b'"\\u001b[2J\\u202e"')

    moment = opened(data)

    assert moment.sample.processes[701].name == "\\x1b[2J\\u202e"
    assert b"\x1b" not in document_of(moment)


def put(document: Any, path: tuple[Any, ...], value: Any) -> None:
    for name in path[:-1]:
        document = document[name]
    document[path[-1]] = value
