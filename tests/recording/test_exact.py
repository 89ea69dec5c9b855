"""Whatever goes into a recording comes back exactly: properties of every layer."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netinspect.finding import Evidence, Finding, Severity, Subject, SubjectKind, Unit
from netinspect.model import COLUMNS, OwnerTable, Pulses, Sample, SocketTable
from netinspect.recording.bodies import read_body, write_body
from netinspect.recording.codec import decode, encode
from netinspect.recording.content import NOTHING, put_together, take_apart
from netinspect.recording.differences import apply_difference, find_difference
from netinspect.recording.matching import NEW, SortedKeys, get_rows, match_rows, put_rows
from netinspect.recording.numbers import NumberReader, NumberWriter
from netinspect.recording.residues import ResidueReader, ResidueWriter
from netinspect.recording.timeline import Moment
from tests.recording.moments import assert_same, web_07
from tests.samples import make_sample, namespace, process

_LARGEST = (1 << 64) - 1
_WHOLE = st.integers(-(1 << 63), (1 << 63) - 1)
_SMALL = st.integers(-3, 3)
_NUMBERS = st.lists(st.one_of(_SMALL, _WHOLE), max_size=40)
_JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda some: st.lists(some, max_size=4) | st.dictionaries(st.text(max_size=2), some),
    max_leaves=12,
)


@given(_NUMBERS, _NUMBERS)
def test_numbers(one: list[int], other: list[int]) -> None:
    writer = NumberWriter()
    places = [writer.put(np.array(some, np.int64)) for some in (one, other)]

    reader = NumberReader(memoryview(writer.take()))

    assert [reader.get(place).tolist() for place in places] == [one, other]


@given(st.integers(0, 60).flatmap(lambda n: st.lists(_columns_of(n), max_size=12)))
def test_residues(columns: list[list[int]]) -> None:
    size = len(columns[0]) if columns else 0
    writer = NumberWriter()
    residues = ResidueWriter(writer, size)
    said = [residues.put(np.array(column, np.int64)) for column in columns]

    reader = ResidueReader(NumberReader(memoryview(writer.take())), size)

    for column, one in zip(columns, json.loads(json.dumps(said)), strict=True):
        values = np.zeros(size, np.int64)
        reader.put_into(values, one)
        assert values.tolist() == column


def _columns_of(size: int) -> st.SearchStrategy[list[int]]:
    usual = st.one_of(st.just(0), st.sampled_from([0, 0, 0, 5]), _WHOLE)
    return st.lists(usual, min_size=size, max_size=size)


_KEYS = st.lists(st.integers(0, 12), max_size=20)


@given(_KEYS, _KEYS)
def test_rows(now: list[int], before: list[int]) -> None:
    keys, old = np.array(now, np.uint64), np.array(before, np.uint64)
    rows = match_rows(SortedKeys.build(keys), SortedKeys.build(old))
    writer = NumberWriter()
    said = put_rows(writer, rows)

    assert get_rows(NumberReader(memoryview(writer.take())), said, len(old)).tolist() == (
        rows.tolist()
    )
    assert (old[rows[rows != NEW]] == keys[rows != NEW]).all()
    assert not np.isin(keys[rows == NEW], old).any()


@given(_JSON, _JSON)
def test_differences(before: Any, now: Any) -> None:
    kept = json.dumps(before)
    difference = find_difference(before, now)

    made = apply_difference(before, json.loads(json.dumps(difference)))

    assert json.dumps(made) == json.dumps(now)
    assert json.dumps(before) == kept


def test_same_number_of_another_kind_is_a_difference() -> None:
    for before, now in ((1, 1.0), (1, True), (0.0, -0.0), ({"a": 1, "b": 2}, {"b": 2, "a": 1})):
        assert json.dumps(apply_difference(before, find_difference(before, now))) == (
            json.dumps(now)
        )


_KINDS = {
    "proto": [0, 6, 17],
    "family": [1, 2, 10],
    "owner_reason": [0, 1, 2, 3],
    "owner_count": [0, 1, 1 << 30],
}
"""Columns that hold no other values."""


def _table(draw: st.DrawFn, keys: list[int], most_paths: int = 3) -> SocketTable:
    """Make a table in which some columns are not known, some have one value, some many."""
    size = len(keys)
    columns: dict[str, Any] = {"key": np.array(keys, np.uint64), "family": np.full(size, 2)}
    for name in draw(st.lists(st.sampled_from(sorted(COLUMNS)), max_size=12, unique=True)):
        dtype = np.dtype(COLUMNS[name].dtype)
        limits = np.iinfo(dtype)
        numbers = st.one_of(
            st.integers(0, 3), st.integers(int(limits.min), int(limits.max)), st.just(limits.max)
        )
        if name in ("key", "path", "owner_start"):
            continue
        if name in _KINDS:
            numbers = st.sampled_from(_KINDS[name])
        if draw(st.booleans()):
            columns[name] = np.broadcast_to(np.array(draw(numbers), dtype), size)
        else:
            columns[name] = np.array(draw(st.lists(numbers, min_size=size, max_size=size)), dtype)
    paths = tuple(draw(st.lists(st.sampled_from(["/a", "/b", "@c", "é"]), max_size=most_paths)))
    places = st.integers(-1, len(paths) - 1)
    columns["path"] = np.array(draw(st.lists(places, min_size=size, max_size=size)), np.int64)
    return SocketTable.build(size, paths, **columns)


@st.composite
def _samples(draw: st.DrawFn) -> Sample:
    keys = draw(st.lists(st.integers(0, (1 << 64) - 1) | st.integers(0, 9), max_size=12))
    rows = draw(st.integers(0, 5))
    some = st.lists(st.integers(0, 1 << 31), min_size=rows, max_size=rows)
    owners = OwnerTable(
        np.array(sorted(draw(some)), np.uint64),
        np.array(draw(some), np.uint64).astype(np.int32),
        np.array(draw(some), np.uint64).astype(np.int32),
    )
    seen = draw(st.lists(st.integers(0, 5), max_size=6))
    pulses = Pulses(
        (1.5, 2.0),
        _table(draw, seen),
        np.array([draw(st.integers(0, 1)) for _ in seen], np.int64),
        (None, draw(st.integers(0, 9))),
        {7: (None, {"a": draw(st.integers(0, 2))})},
    )
    counters = draw(st.dictionaries(st.sampled_from("abcd"), st.integers(0, 3)))
    pids = draw(st.lists(st.integers(1, 6), unique=True))
    sample = make_sample(
        processes=[process(pid, fds=draw(st.none() | st.integers(0, 3))) for pid in pids],
        at=draw(st.floats(0, 1e6)),
        namespaces=[namespace(counters=counters)],
        pulses=pulses,
    )
    return replace(sample, sockets=_table(draw, keys), owners=owners)


@st.composite
def _findings(draw: st.DrawFn, sample: Sample) -> tuple[Finding, ...]:
    known = sample.sockets.key.tolist()
    keys = st.sampled_from(known) if known else st.integers(0, 9)
    numbers = st.integers(-_LARGEST, _LARGEST) | st.floats(allow_nan=False, allow_infinity=False)
    values = st.none() | st.booleans() | numbers | st.text(max_size=2)
    subject = Subject(SubjectKind.HOST, "host", "web-07")
    return tuple(
        Finding(
            f"code-{n}",
            draw(st.none() | st.sampled_from(Severity)),
            subject,
            "much",
            (Evidence("one", _printable(draw(values)), Unit.TEXT),),
            limit=draw(st.none() | st.integers(0, 9) | st.floats(0, 1)),
            sockets=np.array(draw(st.lists(keys | st.integers(0, 20), max_size=4)), np.uint64),
        )
        for n in range(draw(st.integers(0, 3)))
    )


def _printable(value: Any) -> Any:
    return "".join(filter(str.isalnum, value)) if isinstance(value, str) else value


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_moments(data: st.DataObject) -> None:
    written = read = NOTHING
    for sample in data.draw(st.lists(_samples(), min_size=1, max_size=4)):
        moment = Moment(sample, None, data.draw(_findings(sample)))
        content = take_apart(moment, written)
        read = read_body(write_body(content, written), read)
        written = content

        assert_same(put_together(read, None), moment)


def test_columns_of_one_value_take_no_memory() -> None:
    moment = web_07()[-1]

    content = read_body(write_body(take_apart(moment)))

    columns = [getattr(put_together(content, None).sample.sockets, name) for name in COLUMNS]
    assert sum(column.strides == (0,) for column in columns) >= 10
    assert content.own_bytes(NOTHING) < sum(column.nbytes for column in columns)


def test_records_have_every_field_they_had() -> None:
    for moment in web_07():
        sample = moment.sample
        back = decode(
            Sample,
            json.loads(json.dumps(encode(sample))),
            sockets=sample.sockets,
            owners=sample.owners,
        )
        assert_same(replace(back, pulses=sample.pulses), replace(sample, pulses=sample.pulses))


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"pid": "7", "start_time": 1}, "pid: '7' is not of type int"),
        ({"pid": 7}, "Process has no start_time"),
        ([], r"\[\] is no Process"),
    ],
)
def test_record_of_other_types_is_refused_with_its_place(value: Any, said: str) -> None:
    from netinspect.model import Process

    with pytest.raises(ValueError, match=said):
        decode(Process, value)


def test_text_of_a_file_is_made_harmless() -> None:
    hostile = "a\x1b[31m\u202e\n"

    read = decode(tuple[str, ...], [hostile, "naïve"])

    assert read == ("a\\x1b[31m\\u202e\\x0a", "naïve")


def test_unknown_members_are_ignored() -> None:
    evidence = Evidence("n", 1.5)

    read = decode(Evidence, {**encode(evidence), "colour": "red"})

    assert_same(read, evidence)
