"""Changes as one JSON document, schema netinspect.diff/1."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from netinspect.changes import Change, Changes, Difference, Side
from netinspect.exporters.json_values import host_object, time_text, to_json
from netinspect.parts import Paper

SCHEMA = "netinspect.diff/1"


class ChangesJson:
    """What `netinspect diff --format json` prints."""

    name = "json"

    def write(self, changes: Changes, paper: Paper) -> Iterator[bytes]:
        """Yield the document, one change a line."""
        head = {
            "schema": SCHEMA,
            "before": _side_object(changes.before),
            "after": _side_object(changes.after),
            "elapsed": changes.elapsed,
            "same": changes.same,
            "left_out": changes.left_out,
            "notes": changes.notes,
        }
        yield (to_json(head)[:-1] + ',"changes":{').encode()
        separator = "\n"
        for section in changes.sections:
            lines = ",\n".join(to_json(_change_object(change)) for change in section.changes)
            yield f"{separator}{to_json(section.name)}:[{lines}]".encode()
            separator = ",\n"
        yield b"\n}}\n"


def _side_object(side: Side) -> dict[str, Any]:
    return {
        "name": side.name,
        "taken_at": time_text(side.taken_at),
        "host": host_object(side.host),
        "gaps": side.gaps,
    }


def _change_object(change: Change) -> dict[str, Any]:
    return {
        "change": change.turn.value,
        "subject": change.subject,
        "text": change.text,
        "values": [_difference_object(value) for value in change.values],
        **change.about,
    }


def _difference_object(value: Difference) -> dict[str, Any]:
    return {
        "name": value.name,
        "before": value.before,
        "after": value.after,
        "delta": value.delta,
        "unit": value.unit.value,
    }


EXPORTER = ChangesJson()
