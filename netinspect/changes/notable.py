"""From what size on a number counts as changed; `diff --all` tells the rest, too.

Symmetric: what is notable from A to B is notable from B to A.
"""

from __future__ import annotations

from netinspect.changes.changes import Difference

LEAST = 10
"""A count of sockets, descriptors or processes moves by this much at least …"""

SHARE = 0.2
"""… and by this part of the larger of the two."""

LEAST_TIME_WAIT = 100
"""TIME_WAIT comes and goes by itself: it moves by this much…"""

SHARE_TIME_WAIT = 0.5
"""… and this part of the larger of the two."""

ROUTINE_RATE = 1.0
"""Counters that move on any healthy host count from this much per second on."""


def is_notable(value: Difference, least: float = LEAST, share: float = SHARE) -> bool:
    """Tell whether a number moved far enough to be told."""
    if value.numbers is None:
        return False
    before, after = value.numbers
    moved = abs(after - before)
    return moved >= least and moved >= share * max(abs(before), abs(after))
