"""Captures taken apart with nothing of the package but the documented format."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from netinspect.probe.capture import MAGIC, Capture

PACKAGE = Path(__file__).resolve().parents[2] / "netinspect"
LOADER = (
    "import sys; sys.path.append(sys.argv.pop(1));from probe.__main__ import main; sys.exit(main())"
)


@dataclass(frozen=True)
class Parsed:
    """One frame: its header and its sections by name."""

    header: Mapping[str, Any]
    sections: Mapping[str, bytes]

    @property
    def notes(self) -> list[Mapping[str, Any]]:
        return list(self.header["notes"])

    def notes_of(self, source: str) -> list[Mapping[str, Any]]:
        return [note for note in self.notes if note["source"] == source]

    @property
    def processes(self) -> dict[int, Mapping[str, Any]]:
        return {process["pid"]: process for process in json.loads(self.sections["processes"])}

    @property
    def owners(self) -> set[tuple[int, int, int]]:
        """All (inode, pid, fd)."""
        return set(struct.iter_unpack("<QII", self.sections["owners"]))

    def messages(self, section: str) -> list[bytes]:
        """Cut a netlink section into messages."""
        return list(cut_messages(self.sections[section]))


def cut_messages(data: bytes) -> Iterator[bytes]:
    offset = 0
    while offset < len(data):
        (size,) = struct.unpack_from("=I", data, offset)
        assert size >= 16
        yield data[offset : offset + size]
        offset += (size + 3) & ~3


def parse_frame(frame: bytes) -> Parsed:
    (size,) = struct.unpack_from("<I", frame)
    header = json.loads(frame[4 : 4 + size])
    sections, offset = {}, 4 + size
    for section in header["sections"]:
        sections[section["name"]] = frame[offset : offset + section["length"]]
        offset += section["length"]
    assert offset == len(frame)
    return Parsed(header, sections)


def parse_capture(capture: Capture) -> Parsed:
    return parse_frame(b"".join(capture.encode()))


def read_frame(stream: BinaryIO) -> Parsed:
    """Read one frame of a stream whose magic line has been read."""
    (length,) = struct.unpack("<Q", read_exactly(stream, 8))
    return parse_frame(read_exactly(stream, length))


def read_exactly(stream: BinaryIO, size: int) -> bytes:
    data = b""
    while len(data) < size:
        chunk = stream.read(size - len(data))
        assert chunk, f"the stream ended after {len(data)} of {size} bytes"
        data += chunk
    return data


def probe_command(*options: str, python: str = sys.executable, code: str = LOADER) -> list[str]:
    return [python, "-B", "-I", "-S", "-c", code, str(PACKAGE), *options]


def run_once(
    *options: str,
    python: str = sys.executable,
    code: str = LOADER,
    prefix: Sequence[str] = (),
    **popen: Any,
) -> Parsed:
    """Run the probe for one Capture in a process of its own; it must not complain."""
    command = [*prefix, *probe_command("--once", *options, python=python, code=code)]
    done = subprocess.run(command, capture_output=True, check=False, timeout=60, **popen)
    assert done.stderr == b""
    assert done.returncode == 0
    magic, _, rest = done.stdout.partition(b"\n")
    assert magic + b"\n" == MAGIC
    (length,) = struct.unpack_from("<Q", rest)
    assert length == len(rest) - 8
    return parse_frame(rest[8:])


def wait_until(condition: Callable[[], bool], what: str) -> None:
    """Poll a condition for at most twenty seconds."""
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, f"never came: {what}"
        time.sleep(0.01)
