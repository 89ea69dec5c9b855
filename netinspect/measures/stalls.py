"""For how long, at least, what a socket has to send has been held up; from one look at it.

Where struct tcp_info is not known, the running timer tells a part: each time it expires without an
answer its period doubles (RFC 6298 section 5.5, RFC 9293 section 3.8.6.1).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from netinspect.model import UNKNOWN, SocketTable, Timer

_FIRST_TIMEOUT = 200  # ms, TCP_RTO_MIN of include/net/tcp.h
_MOST_DOUBLINGS = 9  # the period stops at TCP_RTO_MAX, 120 s
_GHOST_AGE = 120_000  # ms


def measure_unanswered(sockets: SocketTable) -> NDArray[np.int64]:
    """Return for how many ms data has been sent again in vain; UNKNOWN where none is.

    The time since the last ACK alone would count the idle time before the data was sent. Without
    tcp_info it is a guess: what this host itself fails to send it tries again without doubling.
    """
    retrans = np.clip(sockets.retrans, 0, _MOST_DOUBLINGS).astype(np.int64)
    running = (sockets.timer == Timer.RETRANSMIT) & (retrans > 0)
    rto = sockets.rto // 1000
    first = rto >> np.clip(sockets.backoff, 0, 62)
    passed = rto - first + np.maximum(rto - sockets.expires, 0)
    known = (sockets.rto > 0) & (sockets.last_ack_recv >= 0)
    exact = np.minimum(passed, sockets.last_ack_recv)
    rough = _FIRST_TIMEOUT * ((1 << retrans) - 1)
    return np.where(running, np.where(known, exact, rough), UNKNOWN)


def measure_blocked(sockets: SocketTable) -> NDArray[np.int64]:
    """Return for how many ms the peer's window has been closed; UNKNOWN where it is not.

    No data is sent meanwhile: a zero-window probe carries none. Before the timer has a period of
    n ms its shorter ones took as long.
    """
    small = (sockets.snd_wnd < 0) | (sockets.snd_mss < 0) | (sockets.snd_wnd < sockets.snd_mss)
    running = (sockets.timer == Timer.PERSIST) & (sockets.send_q > 0) & small
    known = sockets.last_data_sent >= 0
    since = np.where(known, sockets.last_data_sent, np.maximum(sockets.expires, 0))
    return np.where(running, since, UNKNOWN)


def may_be_ghost(sockets: SocketTable) -> NDArray[np.bool_]:
    """Tell which young connections have had no answer at all but to the SYN.

    The peer may not have taken them in: that is another anomaly than a path that fails.
    """
    silent = (sockets.bytes_received == 0) & (sockets.bytes_acked >= 0) & (sockets.bytes_acked <= 1)
    mask: NDArray[np.bool_] = silent & (sockets.last_ack_recv < _GHOST_AGE)
    return mask
