"""Snapshots: JSON documents of one moment, read as they may come from anywhere.

They are those that the exporter of the same schema writes. Nothing of one is believed: its size is
bounded before anything is made of it, every value has the type it should have, every string is
made safe again.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from netinspect.decode.json_object import JsonObject
from netinspect.model import Note, Proto
from netinspect.recording.timeline import Moment
from netinspect.snapshots.document import CAN_BE_OPENED, check_size, inflate, parse_document
from netinspect.snapshots.findings import parse_explanations, parse_findings
from netinspect.snapshots.sample import parse_host, parse_notes, parse_sample

if TYPE_CHECKING:
    from netinspect.model import Sample

__all__ = ["CAN_BE_OPENED", "check_size", "inflate", "parse_snapshot"]


def parse_snapshot(data: bytes, name: str) -> Moment:
    """Build the moment that a snapshot holds: all but the Pulses, which it leaves out.

    name: of the file, for messages. Raises RecordingError for what is no snapshot, or a newer one,
    ParseError for one that is damaged.
    """
    parsed = parse_document(data, name)
    document = parsed.now.of(name, "document")
    host, notes = parse_host(document), parse_notes(document)
    sample = parse_sample(document, parsed.now.sockets, host, notes)
    before = None
    if parsed.before is not None:
        before = parse_sample(
            parsed.before.of(name, "document.before"), parsed.before.sockets, host, notes
        )
    findings = parse_findings(document)
    explanations = parse_explanations(document, findings)
    return Moment(_with_note(sample, document), before, findings, explanations)


def _with_note(sample: Sample, document: JsonObject) -> Sample:
    """Say so where the snapshot holds fewer sockets than there were: a filter left them out."""
    there = int(np.count_nonzero(sample.sockets.proto != Proto.UNIX))
    were = document.child("coverage").count("sockets") or 0
    if there >= were:
        return sample
    message = f"{there:,} of {were:,} sockets are in the snapshot: it was written with a filter"
    return replace(sample, notes=(*sample.notes, Note("snapshot", message)))
