"""A Moment taken apart into what a recording holds: a document of JSON, and tables of numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from netinspect.decode.owners import join_owners
from netinspect.finding import Explanation, Finding, FindingKey
from netinspect.model import COLUMNS, UNKNOWN, OwnerTable, Process, Sample, SocketTable
from netinspect.recording.codec import decode, encode
from netinspect.recording.matching import Keys
from netinspect.recording.numbers import Ints
from netinspect.recording.soundness import check_sample, check_told
from netinspect.recording.tables import Array, Table
from netinspect.recording.timeline import Moment

Document = dict[str, Any]

SOCKETS: Mapping[str, int] = {name: column.unknown for name, column in COLUMNS.items()}
"""Columns of a table, and what they hold where their origin does not tell."""
PULSES: Mapping[str, int] = {**SOCKETS, "pulse": 0}
OWNERS: Mapping[str, int] = {"inode": 0, "pid": 0, "fd": 0}

_JOINED = ("owner_start", "owner_count", "pid")  # follow from the inode
_FINDINGS = tuple[Finding, ...]
_EXPLANATIONS = Mapping[FindingKey, Explanation]
_KEY = ("key",)
_KEY_AND_PULSE = ("key", "pulse")
_WHO = ("inode", "pid", "fd")


@dataclass(frozen=True)
class Content:
    """All of a Moment but what it is compared with.

    found: the sockets of each finding. processes: those of the document, as records.
    """

    document: Document
    sockets: Table
    paths: tuple[str, ...]
    owners: Table
    pulses: Table
    pulse_paths: tuple[str, ...]
    found: tuple[Keys, ...]
    processes: Mapping[int, Process] = field(default_factory=dict)

    def own_bytes(self, before: Content) -> int:
        """Count the bytes of arrays that it does not share with the content before."""
        pairs = (
            (column, old.columns[name])
            for now, old in self._tables(before)
            for name, column in now.columns.items()
        )
        return sum(one.nbytes for one, old in pairs if one is not old and one.strides != (0,))

    def _tables(self, other: Content) -> Iterator[tuple[Table, Table]]:
        yield self.sockets, other.sockets
        yield self.owners, other.owners
        yield self.pulses, other.pulses


def _nothing() -> Content:
    sockets = {name: np.zeros(0, column.dtype) for name, column in COLUMNS.items()}
    pulses = {**sockets, "pulse": np.zeros(0, np.int64)}
    numbers = np.zeros(0, np.int32)
    owners: dict[str, Array] = {"inode": np.zeros(0, np.uint64), "pid": numbers, "fd": numbers}
    return Content(
        document={},
        sockets=Table(sockets, _KEY),
        paths=(),
        owners=Table(owners, _WHO),
        pulses=Table(pulses, _KEY_AND_PULSE),
        pulse_paths=(),
        found=(),
    )


NOTHING = _nothing()
"""What a complete member is written against."""


def take_apart(moment: Moment, before: Content = NOTHING) -> Content:
    """Take a Moment apart. before: content whose parts are used again where they are the same."""
    sample = moment.sample
    columns = {name: getattr(sample.sockets, name) for name in COLUMNS}
    joined = _is_joined(sample)
    if joined:
        unknown = SocketTable.build(len(sample.sockets))
        columns |= {name: getattr(unknown, name) for name in _JOINED}
    pulses = {name: getattr(sample.pulses.sockets, name) for name in COLUMNS}
    document = encode(replace(sample, processes={}))
    document["processes"] = _encode_processes(sample.processes, before)
    return Content(
        document={
            "sample": document,
            "findings": encode(moment.findings, _FINDINGS),
            "explanations": encode(moment.explanations, _EXPLANATIONS),
            "joined": joined,
        },
        sockets=Table.build(columns, _KEY),
        paths=sample.sockets.paths,
        owners=Table.build({name: getattr(sample.owners, name) for name in OWNERS}, _WHO),
        pulses=Table.build({**pulses, "pulse": sample.pulses.pulse}, _KEY_AND_PULSE),
        pulse_paths=sample.pulses.sockets.paths,
        found=tuple(finding.sockets for finding in moment.findings),
        processes=sample.processes,
    )


def _is_joined(sample: Sample) -> bool:
    """Tell whether the holders of sockets are those that join_owners finds for their inodes."""
    sockets, owners = sample.sockets, sample.owners
    if (owners.inode[1:] < owners.inode[:-1]).any():
        return False
    owned = sockets.owner_count > 0
    free = ~owned & (sockets.inode > 0)
    has_none = (sockets.owner_start[~owned] == UNKNOWN).all()
    has_none &= (sockets.pid[~owned] == UNKNOWN).all() and not (sockets.owner_count < 0).any()
    if not has_none or np.isin(sockets.inode[free].astype(np.uint64), owners.inode).any():
        return False
    return _are_holders(sockets, np.flatnonzero(owned), owners)


def _are_holders(sockets: SocketTable, owned: Ints, owners: OwnerTable) -> bool:
    """Tell whether these sockets name all rows of their inode, and its first pid."""
    inode = sockets.inode[owned].astype(np.uint64)
    first = sockets.owner_start[owned].astype(np.int64)
    end = first + sockets.owner_count[owned]
    if not len(owned):
        return True
    if int(sockets.inode[owned].min()) <= 0 or int(first.min()) < 0 or int(end.max()) > len(owners):
        return False
    rows = np.concatenate((owners.inode, np.zeros(1, np.uint64)))  # and before the first
    inside = (rows[first] == inode) & (rows[end - 1] == inode)
    outside = (rows[first - 1] != inode) & (rows[end] != inode)
    return bool((inside & outside & (owners.pid[first] == sockets.pid[owned])).all())


def _encode_processes(processes: Mapping[int, Process], before: Content) -> Document:
    known = before.document["sample"]["processes"] if before.document else {}
    return {
        str(pid): known[str(pid)]
        if _is_same(before.processes.get(pid), process)
        else encode(process)
        for pid, process in processes.items()
    }


def _is_same(before: Process | None, now: Process) -> bool:
    """Tell whether a process is written alike, the order of its threads' names included."""
    if before is now or before != now:
        return before is now
    return before is not None and list(before.thread_names or ()) == list(now.thread_names or ())


def put_together(content: Content, before: Sample | None) -> Moment:
    """Make the Moment again. Raises ValueError on a document that is none of a Moment's."""
    document = content.document
    findings = decode(_FINDINGS, document["findings"])
    moment = Moment(
        sample=build_sample(content),
        before=before,
        findings=tuple(
            replace(finding, sockets=keys)
            for finding, keys in zip(findings, content.found, strict=True)
        ),
        explanations=decode(_EXPLANATIONS, document["explanations"]),
    )
    check_told(moment)
    return moment


def build_sample(content: Content) -> Sample:
    """Make the Sample again."""
    sockets = SocketTable(paths=content.paths, **content.sockets.columns)
    owners = OwnerTable(**content.owners.columns)
    if content.document["joined"]:
        joined = join_owners(sockets, owners, some_hidden=False)
        sockets = sockets.with_columns(**{name: getattr(joined, name) for name in _JOINED})
    document = {**content.document["sample"]}
    del document["processes"]
    sample: Sample = decode(
        Sample, document, sockets=sockets, owners=owners, processes=dict(content.processes)
    )
    _check_sample(sample, content)
    columns = {**content.pulses.columns}
    pulse = columns.pop("pulse")
    seen = SocketTable(paths=content.pulse_paths, **columns)
    sample = replace(sample, pulses=replace(sample.pulses, sockets=seen, pulse=pulse))
    check_sample(sample)
    return sample


def read_processes(document: Document, before: Content) -> dict[int, Process]:
    """Return the processes of a document; those that are the same object as before, as they are."""
    said, earlier = document["sample"]["processes"], before.document
    old = earlier["sample"]["processes"] if earlier else {}
    if said is old:
        return dict(before.processes)
    processes = {}
    for pid, one in said.items():
        known = before.processes.get(int(pid)) if one is old.get(pid) else None
        processes[int(pid)] = known or decode(Process, one)
    return processes


def _check_sample(sample: Sample, content: Content) -> None:
    """Raise ValueError where what is read would be out of range later."""
    if not (math.isfinite(sample.taken_at) and math.isfinite(sample.monotonic)):
        raise ValueError("a time that is none")
    for table, paths in ((content.sockets, content.paths), (content.pulses, content.pulse_paths)):
        path = table.columns["path"]
        if len(path) and int(path.max()) >= len(paths):
            raise ValueError("a path that is not there")
    pulse = content.pulses.columns["pulse"]
    if len(pulse) and not 0 <= int(pulse.min()) <= int(pulse.max()) < len(sample.pulses):
        raise ValueError("a pulse that is not there")
