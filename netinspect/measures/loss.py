"""What TCP had to send again between two Samples, per socket, and the networks it went to."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from netinspect.humanize import address_text
from netinspect.measures.facts import Facts, Rows
from netinspect.model import UNKNOWN, SocketTable

_LOW_BITS = np.uint64(0xFF)


class Loss(NamedTuple):
    """Growth since the Sample before, per socket; 0 where it is not known.

    resent: bytes sent again, less those the peer had already (dsack_dups). sent: bytes, resent ones
    included. segments: those with data.
    """

    resent: NDArray[np.float64]
    sent: NDArray[np.float64]
    segments: NDArray[np.float64]

    def share(self, rows: Rows) -> float | None:
        """Return which part of what these sockets sent was sent again; None = nothing known."""
        sent = float(self.sent[rows].sum())
        return float(self.resent[rows].sum()) / sent if sent else None


def measure_loss(facts: Facts) -> Loss:
    """Compare the counters of struct tcp_info."""
    again, needless = _growth(facts, "total_retrans"), _growth(facts, "dsack_dups")
    needed = np.divide(
        np.maximum(again - needless, 0), again, out=np.zeros(len(again)), where=again > 0
    )
    return Loss(
        _growth(facts, "bytes_retrans") * needed,
        _growth(facts, "bytes_sent"),
        _growth(facts, "data_segs_out"),
    )


def mask_networks(
    sockets: SocketTable, rows: Rows
) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Return the remote networks: the first 24 bits of IPv4, 64 of IPv6."""
    high, low = sockets.remote_hi[rows], sockets.remote_lo[rows]
    is_v4 = (high == 0) & (low >> np.uint64(32) == 0xFFFF)
    return high, np.where(is_v4, low & ~_LOW_BITS, np.uint64(0))


def network_text(high: int, low: int) -> str:
    """Write a network as `mask_networks` gives it: 10.1.2.0/24, 2001:db8::/64."""
    is_v4 = high == 0 and low >> 32 == 0xFFFF
    return f"{address_text(high, low)}/{24 if is_v4 else 64}"


def _growth(facts: Facts, column: str) -> NDArray[np.float64]:
    grown = facts.growth(column)
    return np.where(grown == UNKNOWN, 0, grown).astype(np.float64)
