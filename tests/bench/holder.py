"""One process of a load: opens loopback connections and holds them until its input ends.

python -I -S holder.py NUMBER PAIRS TIME_WAITS

Says "ready" once all are open. NUMBER: 1 to 250. Everything is in 127.NUMBER.0.0/16, so that
holders do not share ephemeral ports.
"""

from __future__ import annotations

import socket
import struct
import sys

_PAIRS_PER_LISTENER = 2000
_SOURCES = 250
_NO_PORT_YET = 24  # IP_BIND_ADDRESS_NO_PORT: the port is chosen by connect()
_RESET = struct.pack("ii", 1, 0)  # linger not at all: what is held leaves nothing behind


def hold(number: int, pairs: int, time_waits: int) -> None:
    """Open everything, then wait for the end of standard input."""
    opened = []  # kept open
    total = pairs + time_waits
    for first in range(0, total, _PAIRS_PER_LISTENER):
        listener = _listen(f"127.{number}.255.{1 + first // _PAIRS_PER_LISTENER}")
        opened.append(listener)
        for i in range(first, min(total, first + _PAIRS_PER_LISTENER)):
            pair = _connect(listener, f"127.{number}.0.{1 + i % _SOURCES}")
            if i < pairs:
                opened += pair
            else:
                for end in pair:  # the client first: TIME_WAIT is on its side
                    end.close()
    for held in opened:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    print("ready", flush=True)
    sys.stdin.read()


def _listen(address: str) -> socket.socket:
    listener = socket.socket()
    listener.bind((address, 0))
    listener.listen(16)
    return listener


def _connect(listener: socket.socket, source: str) -> tuple[socket.socket, socket.socket]:
    client = socket.socket()
    client.setsockopt(socket.IPPROTO_IP, _NO_PORT_YET, 1)
    client.bind((source, 0))
    client.connect(listener.getsockname())
    return client, listener.accept()[0]


if __name__ == "__main__":
    hold(*map(int, sys.argv[1:]))
