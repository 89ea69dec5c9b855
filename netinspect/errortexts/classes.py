"""The classes of error texts, as data: how each is worded, and which anomalies can be behind it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ErrorClass:
    """Errors that mean the same to the kernel.

    patterns: regular expressions, any of them in a line. codes: anomalies, the most likely first.
    meaning: one sentence. advice: what to look at that is no anomaly of the kernel's. evidence:
    False where the kernel cannot know of it.
    """

    name: str
    meaning: str
    patterns: tuple[str, ...]
    codes: tuple[str, ...] = ()
    advice: tuple[str, ...] = ()
    evidence: bool = True


_CONNECT = ("connect-timeout", "accept-queue-full", "syn-queue-pressure", "conntrack-full")

CLASSES: tuple[ErrorClass, ...] = (
    # what the kernel logs names its anomaly outright
    ErrorClass(
        "syn-flood-message",
        "the kernel answered with SYN cookies, or dropped: a listener's SYN queue was full",
        (r"Possible SYN flooding on port",),
        ("syn-queue-pressure", "accept-queue-full"),
        ("the message also comes with a backlog that is too small: it is no proof of an attack",),
    ),
    ErrorClass(
        "conntrack-message",
        "connection tracking had no room for a new flow and dropped its packet",
        (r"nf_conntrack: .*table full",),
        ("conntrack-full",),
    ),
    ErrorClass(
        "orphan-message",
        "the kernel reset connections whose program had closed them already",
        (r"TCP: too many orphaned sockets",),
        ("orphan-limit", "closing-pile-up"),
    ),
    ErrorClass(
        "memory-message",
        "TCP reached its share of memory",
        (r"TCP: out of memory", r"\bENOBUFS\b", r"No buffer space available"),
        ("tcp-memory-pressure", "reader-stalled", "peer-not-reading"),
    ),
    ErrorClass(
        "time-wait-message",
        "there were more connections in TIME_WAIT than tcp_max_tw_buckets",
        (r"time wait bucket table overflow",),
        ("time-wait-overflow", "time-wait-client", "time-wait-server"),
    ),
    # misuse inside the program
    ErrorClass(
        "closed-locally",
        "the program used a socket that it had closed itself, maybe in another thread",
        (
            r"Socket (?:is )?closed",
            r"use of closed network connection",
            r"ERR_STREAM_DESTROYED",
            r"ERR_SOCKET_CLOSED",
            r"Bad file descriptor",
            r"\bEBADF\b",
            r"\[Errno 9\]",
            r"ObjectDisposedException.*Socket",
        ),
        (),
        (
            "look for a timeout or an eviction that closes the socket in another thread",
            "look for a second close(), and for use after close()",
        ),
        evidence=False,
    ),
    # descriptors
    ErrorClass(
        "descriptors-host",
        "the whole host had no open file left (ENFILE)",
        (
            r"Too many open files in system",
            r"\bENFILE\b",
            r"\[Errno 23\]",
            r"file-max limit \d+ reached",
            r"\(23: ",
        ),
        ("fd-limit-system",),
    ),
    ErrorClass(
        "descriptors",
        "the process had no descriptor left (EMFILE)",
        (
            r"[Tt]oo many open files",
            r"\bEMFILE\b",
            r"\[Errno 24\]",
            r"\(24: ",
            r"SocketException \(24\)",
        ),
        ("fd-limit-process", "close-wait-leak", "accept-queue-full"),
    ),
    # ports
    ErrorClass(
        "port-in-use",
        "the local address and port could not be had: something else has it (EADDRINUSE)",
        (
            r"[Aa]ddress already in use",
            r"\bEADDRINUSE\b",
            r"\[Errno 98\]",
            r"\(98: ",
            r"SocketException \(98\)",
            r"Only one usage of each socket address",
        ),
        (
            *("port-in-use", "port-squatted", "listener-inherited", "listener-orphaned-child"),
            *("config-listener-in-range", "ephemeral-bind-pool"),
        ),
    ),
    ErrorClass(
        "no-local-port",
        "no local port was left for that destination, or the local address is not on this host "
        "(EADDRNOTAVAIL)",
        (
            r"[Cc]an(?:no|')?t assign requested address",
            r"\bEADDRNOTAVAIL\b",
            r"\[Errno 99\]",
            r"\(99: ",
            r"SocketException \(99\)",
        ),
        (
            *("ephemeral-exhaustion", "ephemeral-bind-pool", "time-wait-client"),
            "ephemeral-slow-connect",
        ),
        ("see that the local address the program binds to is on this host: `ip -br address`",),
    ),
    # refused
    ErrorClass(
        "refused",
        "the peer's host answered that nobody listens there, or a firewall said so (ECONNREFUSED)",
        (
            r"[Cc]onnection refused",
            r"\bECONNREFUSED\b",
            r"\[Errno 111\]",
            r"\(os error 111\)",
            r"\(111: ",
            r"curl: \(7\)",
            r"SocketException \(111\)",
            r"actively refused it",
        ),
        ("connection-refused", "closed-port-dialled"),
        (
            "see that the service listens, on the address and family that is dialled: "
            "`ss -ltn`; 127.0.0.1 is not reachable from outside",
            "a full accept queue does not refuse on Linux",
        ),
    ),
    # one errno, two meanings: the words around it decide
    ErrorClass(
        "read-timeout",
        "the connection stood, and no answer came in the time the program allows",
        (
            r"Read timed out",
            r"HttpTimeoutException: request timed out",
            r"HttpReadTimeoutException|ReadTimeoutException",
            r"awaiting headers",
            r"read (?:tcp|udp)\S* .*i/o timeout",
            r"The read operation timed out",
            r"\bReadTimeout\b",
            r"timed out \(110: [^)]*\) while (?:reading|sending)",
            r"curl: \(28\) Operation timed out",
            r"with \d+ (?:out of \S+ )?bytes received",
            r"ESOCKETTIMEDOUT",
            r"The request was canceled due to the configured HttpClient\.Timeout",
        ),
        (
            *("waiting-for-response", "workers-saturated", "peer-not-reading", "path-stalled"),
            *("retransmission-storm", "reader-stalled"),
        ),
        ("what the peer needs for an answer is in its own logs: a slow query, a full pool",),
    ),
    ErrorClass(
        "connect-timeout",
        "no connection came about in the time the program or the kernel allows",
        (
            r"[Cc]onnect(?:ion)? timed out",
            r"HttpConnectTimeoutException",
            r"ConnectTimeoutException",
            r"ConnectTimeout\b",
            r"dial (?:tcp|udp)\S* .*i/o timeout",
            r"connect ETIMEDOUT",
            r"\bETIMEDOUT\b",
            r"\[Errno 110\]",
            r"\(110: [^)]*\) while connecting",
            r"curl: \(28\)",
            r"UND_ERR_CONNECT_TIMEOUT",
            r"SocketException \(110\)",
            r"failed to respond after a period of time",
        ),
        (*_CONNECT, "ghost-connection", "handshake-retransmit"),
        ("a firewall that drops looks just like this; so does a wrong or dead address",),
    ),
    ErrorClass(
        "timeout",
        "a deadline of the program passed: while connecting, or while waiting for an answer",
        (
            r"TimeoutError(?:: timed out)?",
            r"socket\.timeout",
            r"i/o timeout",
            r"context deadline exceeded",
            r"SocketTimeoutException",
            r"timed out",
        ),
        (*_CONNECT, "waiting-for-response", "workers-saturated", "path-stalled"),
    ),
    # ends
    ErrorClass(
        "broken-pipe",
        "the program wrote to a connection that the peer had closed before (EPIPE)",
        (r"[Bb]roken pipe", r"\bEPIPE\b", r"\[Errno 32\]", r"\(32: ", r"ClientAbortException"),
        ("reset-by-peer", "close-wait-leak", "reset-unread-data"),
        ("a pooled connection that the server closed while it was idle: compare the timeouts",),
    ),
    ErrorClass(
        "reset",
        "the peer, or something between, ended the connection with a RST (ECONNRESET)",
        (
            r"[Cc]onnection reset",
            r"\bECONNRESET\b",
            r"\[Errno 104\]",
            r"\(104: ",
            r"SocketException \(104\)",
            r"socket hang up",
            r"curl: \((?:35|56)\)",
            r"forcibly closed by the remote host",
        ),
        (
            *("reset-by-peer", "reset-unread-data", "reset-linger-zero", "accept-queue-full"),
            "config-abort-on-overflow",
        ),
        ("a pooled connection that the server closed while it was idle: compare the timeouts",),
    ),
    ErrorClass(
        "peer-closed",
        "the peer closed the connection before it had answered (a FIN, no error of the kernel)",
        (
            r"[Pp]rematurely closed connection",
            r"Remote end closed connection",
            r"RemoteDisconnected",
            r"[Ee]mpty reply from server|curl: \(52\)",
            r"header parser received no bytes",
            r"NoHttpResponseException",
            r"Connection closed by (?:remote host|foreign host)",
            r"unexpected EOF",
            r"\": EOF\b",
            r"UND_ERR_SOCKET",
        ),
        ("close-wait-leak", "reset-by-peer"),
        (
            "the server closed an idle pooled connection: its keep-alive must be longer than "
            "the client's idle time",
            "or it crashed while it worked on the request: look at its log",
        ),
    ),
    # before TCP
    ErrorClass(
        "no-route",
        "no way to the host: no answer to ARP or ND, a route that says so, or a firewall "
        "(EHOSTUNREACH)",
        (r"[Nn]o route to host", r"\bEHOSTUNREACH\b", r"NoRouteToHost", r"\[Errno 113\]"),
        (),
        ("`ip route get ADDRESS`, `ip neigh`: FAILED means that nobody answers there",),
    ),
    ErrorClass(
        "network-unreachable",
        "this host has no route to that network (ENETUNREACH)",
        (r"[Nn]etwork is unreachable", r"\bENETUNREACH\b", r"\[Errno 101\]"),
        (),
        ("`ip route get ADDRESS`; an IPv6 address on a host without IPv6 ends like this",),
    ),
    ErrorClass(
        "permission",
        "a port below ip_unprivileged_port_start, or a route or firewall that prohibits (EACCES)",
        (r"[Pp]ermission denied.*(?:bind|listen|connect|socket)", r"\bEACCES\b", r"\[Errno 13\]"),
        (),
        ("`sysctl net.ipv4.ip_unprivileged_port_start`, `ip route get ADDRESS`",),
    ),
    ErrorClass(
        "name",
        "the name was not resolved: no connection was tried",
        (
            r"[Nn]ame or service not known",
            r"ENOTFOUND|EAI_AGAIN",
            r"no such host",
            r"UnknownHostException",
            r"[Cc]ould not resolve host",
            r"[Tt]emporary failure in name resolution",
            r"host not found in upstream",
            r"server misbehaving",
        ),
        ("udp-receive-drops",),
        ("`getent hosts NAME`, /etc/resolv.conf",),
    ),
    # pools and proxies
    ErrorClass(
        "pool-empty",
        "the program's own pool gave out no connection in time",
        (
            r"Connection is not available, request timed out",
            r"QueuePool limit",
            r"[Tt]imeout waiting for connection from pool",
            r"too many clients already",
            r"Too many connections",
            r"max number of clients reached",
        ),
        ("waiting-for-response", "close-wait-leak"),
        ("count the connections of the pool: `netinspect sockets dst ADDRESS and rport PORT`",),
    ),
    ErrorClass(
        "no-live-upstream",
        "the proxy had marked all servers as down after earlier errors",
        (r"no live upstreams", r"no healthy upstream", r"<NOSRV>"),
        ("connection-refused", "connect-timeout", "accept-queue-full"),
        ("look for the earlier lines that name the first error: 111, 104 or 110",),
    ),
    ErrorClass(
        "tls",
        "TLS failed on a connection that TCP had made",
        (
            r"SSL_ERROR_SYSCALL",
            r"wrong version number",
            r"does not look like a TLS handshake",
            r"tls: handshake failure",
            r"certificate verify failed",
        ),
        (),
        ("a plain port behind a TLS client, or the reverse; certificates",),
        evidence=False,
    ),
)
"""The first class with a pattern in the line is meant: errno and outright words come first."""

HAPROXY_TERMINATION = {
    "SC": "refused",
    "sC": "connect-timeout",
    "sH": "read-timeout",
    "sD": "read-timeout",
    "SH": "peer-closed",
    "SD": "reset",
    "CD": "peer-closed",
    "cD": "read-timeout",
}
"""First two letters of HAProxy's termination state (configuration manual, 8.5) → class."""

ENVOY_FLAGS = {
    "UF": "refused",
    "UC": "peer-closed",
    "UT": "read-timeout",
    "UR": "reset",
    "UH": "no-live-upstream",
    "UO": "pool-empty",
    "LR": "reset",
    "DC": "peer-closed",
}
"""Envoy's %RESPONSE_FLAGS% → class."""
