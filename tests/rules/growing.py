"""Two Samples two seconds apart between which counters of the namespace grew by so much."""

from __future__ import annotations

from collections.abc import Sequence

from netinspect.model import Process, Sample
from tests.samples import Socket, make_sample, namespace

SECONDS = 2.0
_TCP = ("ActiveOpens", "PassiveOpens", "AttemptFails", "EstabResets", "OutRsts")
_EXT = ("EmbryonicRsts", "TCPAbortOnClose", "TCPAbortOnData", "TCPAbortOnTimeout")
ENDINGS = (
    *(f"Tcp.{name}" for name in (*_TCP, "CurrEstab")),
    *(f"TcpExt.{name}" for name in (*_EXT, "TCPAbortOnMemory", "TW")),
)
"""All counters that tell how connections begin and end."""


def grown(
    growth: dict[str, int],
    *,
    now: Sequence[Socket] = (),
    before: Sequence[Socket] = (),
    processes: Sequence[Process] = (),
    known: Sequence[str] = ENDINGS,
) -> tuple[Sample, Sample]:
    """Make the Sample now and the one before; counters start at 1,000.

    growth: by the kernel's name. known: counters that are there though they did not grow.
    """
    names = {*known, *growth}
    earlier = dict.fromkeys(names, 1000)
    later = {name: 1000 + growth.get(name, 0) for name in names}
    return (
        make_sample(now, processes, at=SECONDS, namespaces=[namespace(counters=later)]),
        make_sample(before, processes, namespaces=[namespace(counters=earlier)]),
    )


def without(name: str) -> tuple[str, ...]:
    """Return the counters but for one."""
    return tuple(one for one in ENDINGS if one != name)
