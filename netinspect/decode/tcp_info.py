"""struct tcp_info, the attribute INET_DIAG_INFO. Source: include/uapi/linux/tcp.h.

Newer kernels append fields and older ones lack the last: each is read where it is there.
"""

from __future__ import annotations

import numpy as np

from netinspect.decode.columns import Columns
from netinspect.decode.netlink import Attributes

# Offsets in bytes.
_U8 = {"probes": 3, "backoff": 4}
_U32 = {
    "rto": 8,
    "snd_mss": 16,
    "unacked": 24,
    "lost": 32,
    "last_data_sent": 44,
    "last_data_recv": 52,
    "last_ack_recv": 56,
    "rtt": 68,
    "rttvar": 72,
    "cwnd": 80,
    "total_retrans": 100,
    "segs_out": 136,
    "segs_in": 140,
    "notsent_bytes": 144,
    "min_rtt": 148,
    "data_segs_in": 152,
    "data_segs_out": 156,
    "dsack_dups": 216,
    "snd_wnd": 228,
    "rcv_wnd": 232,
}
_U64 = {
    "bytes_acked": 120,
    "bytes_received": 128,
    "delivery_rate": 160,
    "busy_time": 168,
    "rwnd_limited": 176,
    "sndbuf_limited": 184,
    "bytes_sent": 200,
    "bytes_retrans": 208,
}
TCP_INFO_COLUMNS = (*_U8, *_U32, *_U64)

_NO_MIN_RTT = 0xFFFFFFFF


def put_tcp_info(attributes: Attributes, columns: Columns) -> None:
    """Fill the columns of struct tcp_info."""
    for name, offset in _U8.items():
        known = attributes.at_least(offset + 1)
        columns.put(name, known.byte(offset), known.row)
    for name, offset in _U32.items():
        known = attributes.at_least(offset + 4)
        columns.put(name, known.word(offset // 4), known.row)
    for name, offset in _U64.items():
        known = attributes.at_least(offset + 8)
        columns.put(name, _u64(known, offset), known.row)
    _forget_unmeasured(columns)


def _u64(attributes: Attributes, offset: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    index = offset // 4  # payloads are aligned to 4 bytes only
    pair = np.stack([attributes.word(index), attributes.word(index + 1)], axis=1)
    return pair.view(np.int64)[:, 0]


def _forget_unmeasured(columns: Columns) -> None:
    columns.forget(("rtt", "rttvar"), columns.get("rtt") == 0)
    columns.forget(("min_rtt",), columns.get("min_rtt") == _NO_MIN_RTT)
    columns.forget(("delivery_rate",), columns.get("delivery_rate") == 0)
