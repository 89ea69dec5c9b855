"""Decoding alone: messages of one length, and of two lengths in turns."""

from __future__ import annotations

import struct
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain, cycle, islice

from netinspect.probe.netlink import HEADER, Netlink
from netinspect.probe.notes import Notes
from netinspect.probe.sock_diag import read_table, tables
from tests.bench.load import Load, loaded
from tests.bench.settings import Settings


class Decode:
    """Runs last: numpy makes this process larger, and the kernel counts that for its children."""

    name = "decode"
    help = "messages of equal length, TIME_WAIT between others, and the walk if no guess helps"
    sockets = 200_000

    def run(self, settings: Settings) -> None:
        """Print the figures."""
        from netinspect.decode.inet_diag import parse_inet_diag
        from netinspect.model import Proto

        with loaded(Load(2_000, processes=1, time_waits=1_000)):
            messages = list(_read_messages())
        shortest = min(map(len, messages))  # those of TIME_WAIT
        others = [message for message in messages if len(message) > shortest]
        waiting = [message for message in messages if len(message) == shortest]
        in_turns = chain.from_iterable(zip(cycle(others), cycle(waiting), strict=False))
        dumps = {
            "one length": _joined(cycle(others), settings.sockets),
            "two lengths in turns": _joined(in_turns, settings.sockets),
        }
        dumps["the same, walked"] = _with_another_sequence(dumps["two lengths in turns"])
        seconds = {
            name: _least(partial(parse_inet_diag, dump, Proto.TCP), settings.rounds)
            for name, dump in dumps.items()
        }
        for name, some in seconds.items():
            ratio = some / seconds["one length"]
            print(f"{name:34} {1000 * some:8.1f} ms  {ratio:5.2f} x one length")


def _read_messages() -> Iterator[bytes]:
    netlink = Netlink()
    sections = read_table(netlink, next(tables(with_info=False)), Notes()) or []
    netlink.close()
    data = dict(sections)["sock_diag.tcp4"]
    at = 0
    while at < len(data):
        (size,) = struct.unpack_from("=I", data, at)
        yield bytes(data[at : at + size])
        at += size


def _joined(messages: Iterator[bytes], count: int) -> bytes:
    return b"".join(islice(messages, count))


def _with_another_sequence(dump: bytes) -> bytes:
    """Give the first message a sequence number of its own: then where the next begin is unsure."""
    size, kind, flags, sequence, pid = HEADER.unpack_from(dump)
    return HEADER.pack(size, kind, flags, sequence + 1, pid) + dump[HEADER.size :]


def _least(call: Callable[[], object], rounds: int) -> float:
    seconds = []
    for _ in range(rounds):
        started = time.process_time()
        call()
        seconds.append(time.process_time() - started)
    return min(seconds)


BENCHMARK = Decode()
