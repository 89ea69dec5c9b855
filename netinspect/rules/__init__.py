"""Rules: Window → findings, one anomaly per file.

A new one is its file, the Markdown file that explains it, and a line here.
"""

from __future__ import annotations

from netinspect.parts import Rule
from netinspect.rules import (
    accept_queue_full,
    closed_port_dialled,
    connect_timeout,
    connection_refused,
    conntrack_full,
    fd_limit_process,
    fd_limit_system,
    handshake_retransmit,
    resets,
    udp_receive_drops,
)

RULES: tuple[Rule, ...] = (
    accept_queue_full.RULE,
    closed_port_dialled.RULE,
    connect_timeout.RULE,
    connection_refused.RULE,
    conntrack_full.RULE,
    fd_limit_process.RULE,
    fd_limit_system.RULE,
    handshake_retransmit.RULE,
    *resets.RULES,
    udp_receive_drops.RULE,
)
