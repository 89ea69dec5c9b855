"""Rules: Window → findings, one anomaly per file.

A new one is its file, the Markdown file that explains it, and a line here.
"""

from __future__ import annotations

from netinspect.parts import Rule
from netinspect.rules import (
    accept_queue_full,
    close_wait_leak,
    closed_port_dialled,
    closing_pile_up,
    connect_timeout,
    connection_refused,
    conntrack_full,
    fd_limit_process,
    fd_limit_system,
    fin_wait2_held,
    handshake_retransmit,
    keepalive_missing,
    orphan_limit,
    path_stalled,
    peer_not_reading,
    reader_stalled,
    resets,
    retransmission_storm,
    tcp_memory_pressure,
    udp_receive_drops,
    waiting_for_response,
)

RULES: tuple[Rule, ...] = (
    accept_queue_full.RULE,
    close_wait_leak.RULE,
    closed_port_dialled.RULE,
    closing_pile_up.RULE,
    connect_timeout.RULE,
    connection_refused.RULE,
    conntrack_full.RULE,
    fd_limit_process.RULE,
    fd_limit_system.RULE,
    fin_wait2_held.RULE,
    handshake_retransmit.RULE,
    keepalive_missing.RULE,
    orphan_limit.RULE,
    path_stalled.RULE,
    peer_not_reading.RULE,
    reader_stalled.RULE,
    *resets.RULES,
    retransmission_storm.RULE,
    tcp_memory_pressure.RULE,
    udp_receive_drops.RULE,
    waiting_for_response.RULE,
)
