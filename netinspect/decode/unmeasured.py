"""What the kernel fills with zeros or leftovers for want of the fact, made unknown."""

from __future__ import annotations

from netinspect.decode.columns import Columns
from netinspect.decode.tcp_info import TCP_INFO_COLUMNS
from netinspect.model import TcpState, Timer


def forget_unmeasured(columns: Columns) -> None:
    """Make such values of TCP and UDP sockets unknown."""
    state, timer = columns.get("state"), columns.get("timer")
    # Requests and time-wait sockets have no creator, which reads as uid 0. Neither have orphans
    # and connections not accepted yet on kernels that take the uid from the inode.
    mini = (state == TcpState.TIME_WAIT) | (state == TcpState.SYN_RECV)
    mini |= (state == TcpState.FIN_WAIT2) & (timer == Timer.TIME_WAIT)
    no_creator = (columns.get("inode") == 0) & (mini | (columns.get("uid") == 0))
    columns.forget(("uid",), no_creator)
    columns.forget(("expires",), timer == Timer.OFF)
    idle = (state == TcpState.LISTEN) | (state == TcpState.BOUND)
    columns.forget(TCP_INFO_COLUMNS, idle)
    # lsndtime and lrcvtime are 0 until the connection is there: the times since are the uptime.
    columns.forget(("last_data_sent", "last_data_recv"), state == TcpState.SYN_SENT)


def name_bound(columns: Columns) -> None:
    """Turn CLOSE of TCP into BOUND: no other closed socket is ever listed."""
    state = columns.get("state").copy()
    state[state == TcpState.CLOSE] = TcpState.BOUND
    columns.put("state", state)
