"""Bytes per second of each TCP socket, from the counters of two Samples."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from netinspect.measures.remembered import per_window
from netinspect.model import Window
from netinspect.timing import measure_rate


class Throughput(NamedTuple):
    """Bytes per second for each socket of a Window; NaN = not known."""

    send: NDArray[np.float64]
    recv: NDArray[np.float64]


@per_window
def measure_throughput(window: Window) -> Throughput:
    """Compare `bytes_acked` and `bytes_received` (struct tcp_info) of two Samples.

    A socket that is new has sent and received all it counts since the Sample before.
    """
    return Throughput(measure_rate(window, "bytes_acked"), measure_rate(window, "bytes_received"))
