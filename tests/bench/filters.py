"""Filters: text to tree, and tree to mask."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from functools import partial

from netinspect.errors import FilterError
from netinspect.query import parse_query
from netinspect.query.parser import parse_tree
from netinspect.query.terms import SPELLED, TERMS
from tests.bench.asked import measure_asked
from tests.bench.settings import Settings

_FIVE = (
    "state established dport = :443 dst 10.0.0.0/8 rtt > 200ms process java*",
    "process nginx and port 8000-8100 and send_q > 64k and idle > 5m and not user root",
    "(pid 1 or pid 2) and (lport 443 or rport 443) and unknown(rtt)",
    "exclude time-wait,listen and src [::1],127.0.0.0/8 and retrans >= 2 and timer persist",
)
_PIECES = (
    *SPELLED,
    *(spec.example for spec in TERMS.values()),
    *("and", "or", "not", "&", "|", "!", "(", ")", ",", "=", "!=", ">", "<", ":", "/", '"', "'"),
    *("\\", "*", "[", "]", "-", "0", "99999999999999999999999", "1.5.5", "é", "\0", "\n", " "),
)
_WORDS = ("nginx", "10.0.0.", "fe80::1:")


class Filters:
    """Masks are of sockets it makes up; what the kernel leaves out is of a real load."""

    name = "filters"
    help = "time to read a filter, to select sockets with it, and to have few of many listed"
    sockets = 200_000

    def run(self, settings: Settings) -> None:
        """Print the figures."""
        import numpy as np

        from tests.bench.table import make_many

        sample = make_many(settings.sockets)
        column = sample.sockets.recv_q
        floor = _least(lambda: np.count_nonzero(column > 1), settings.rounds)
        print(f"{'one column compared and counted':74} {1000 * floor:7.2f} ms   1.00 x")
        for text in (*_FIVE, *_WORDS):
            reading = _least(partial(parse_tree, text), 200)
            query = parse_query(text)
            masking = _least(partial(query.mask, sample), settings.rounds)
            ratio = masking / floor
            print(f"{text:.74}\n{1e6 * reading:60.0f} us {1000 * masking:18.2f} ms {ratio:6.2f} x")
        measure_asked(settings)
        if settings.slow:
            _read_random(1_000_000)


def _read_random(count: int) -> None:
    """Read random texts: each is a filter or one error with a place."""
    chance = random.Random(1)
    wrong, longest, started = 0, 0.0, time.perf_counter()
    for _ in range(count):
        pieces = chance.choices(_PIECES, k=chance.randrange(1, 12))
        text = chance.choice(("", " ")).join(pieces)
        began = time.thread_time()
        try:
            parse_query(text)
        except FilterError as error:
            wrong += 0 <= error.at <= len(text)
        longest = max(longest, time.thread_time() - began)
    seconds = time.perf_counter() - started
    print(f"{count:,} random texts in {seconds:.0f} s, {wrong:,} of them wrong at a place;")
    print(f"the longest took {1000 * longest:.1f} ms of the processor")


def _least(call: Callable[[], object], rounds: int) -> float:
    seconds = []
    for _ in range(rounds):
        started = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - started)
    return min(seconds)


BENCHMARK = Filters()
