"""The golden files of tests/wire, and frames made of them by the documented format."""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from netinspect.humanize import address_text, endpoint_text
from netinspect.model import Family, SocketTable

WIRE = Path(__file__).parents[1] / "wire"
NETNS = 4026532000

_SS_STATES = {
    "UNCONN": "CLOSE",
    "ESTAB": "ESTABLISHED",
    "FIN-WAIT-1": "FIN_WAIT1",
    "FIN-WAIT-2": "FIN_WAIT2",
}


def read_wire(name: str) -> bytes:
    return (WIRE / name).read_bytes()


def make_frame(given: Mapping[str, bytes], /, **header: Any) -> bytes:
    """Make a frame whose sections are all of one namespace."""
    whole = {
        "schema": "netinspect.capture/1",
        "taken_at": 1_700_000_000.5,
        "monotonic": 1234.5,
        "host": {"name": "web-07", "clock_ticks": 100},
        "self_pids": [42],
        "cost": {"cpu": 0.01, "wall": 0.02, "interval": 2.0, "rss": 12_000_000},
        "sections": [
            {"name": name, "netns": NETNS, "length": len(data)} for name, data in given.items()
        ],
        "notes": [],
        **header,
    }
    text = json.dumps(whole).encode("ascii")
    return struct.pack("<I", len(text)) + text + b"".join(given.values())


@dataclass(frozen=True)
class SsRow:
    """One line of ss -tuaoneimH -O."""

    proto: str
    state: str
    recv_q: int
    send_q: int
    local: str
    remote: str
    text: str

    @property
    def cookie(self) -> int:
        return int(self.find(r"sk:([0-9a-f]+)") or "0", 16)

    def find(self, pattern: str) -> str | None:
        match = re.search(pattern, self.text)
        return match[1] if match else None

    def number(self, pattern: str) -> int | None:
        found = self.find(pattern)
        return None if found is None else int(found)


def read_ss() -> dict[int, SsRow]:
    """Read ss.txt, by cookie."""
    rows = (_parse_ss(line) for line in read_wire("ss.txt").decode().splitlines())
    return {row.cookie: row for row in rows}


def _parse_ss(line: str) -> SsRow:
    proto, state, recv_q, send_q, local, remote, *_ = line.split()
    state = _SS_STATES.get(state, state.replace("-", "_"))
    return SsRow(proto, state, int(recv_q), int(send_q), _endpoint(local), _endpoint(remote), line)


def _endpoint(text: str) -> str:
    """Write an endpoint of ss as endpoint_text does."""
    host, _, port = text.rpartition(":")
    host = re.sub(r"%\w+$", "", host).strip("[]").removeprefix("::ffff:")
    return endpoint_text("::" if host == "*" else host, 0 if port == "*" else int(port))


def endpoint(sockets: SocketTable, row: int, side: str) -> str:
    """Write one end of a socket: "127.0.0.1:80", "[::1]:80"."""
    high, low = (int(getattr(sockets, f"{side}_{half}")[row]) for half in ("hi", "lo"))
    return endpoint_text(address_text(high, low), int(getattr(sockets, f"{side}_port")[row]))


def find_row(sockets: SocketTable, port: int, remote_port: int | None = None) -> int:
    """Find the one socket with this local port."""
    mask = (sockets.local_port == port) & (sockets.family != Family.UNIX)
    if remote_port is not None:
        mask &= sockets.remote_port == remote_port
    [row] = np.flatnonzero(mask)
    return int(row)


def cut_messages(data: bytes) -> list[bytes]:
    """Cut netlink messages apart, the slow and obvious way."""
    messages = []
    while data:
        (size,) = struct.unpack_from("=I", data)
        messages.append(data[:size])
        data = data[(size + 3) & ~3 :]
    return messages


def with_attribute(message: bytes, kind: int, payload: bytes) -> bytes:
    """Append an attribute to a message."""
    attribute = struct.pack("=HH", 4 + len(payload), kind) + payload
    return with_length(message + attribute + bytes(-len(attribute) % 4))


def with_length(message: bytes) -> bytes:
    """Correct the length in the header."""
    return struct.pack("=I", len(message)) + message[4:]
