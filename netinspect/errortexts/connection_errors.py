"""How connections fail: refused, unanswered, too slow, reset, closed."""

from __future__ import annotations

from netinspect.errortexts.error_class import ErrorClass, errno_patterns

_UNANSWERED = ("connect-timeout", "accept-queue-full", "syn-queue-pressure", "conntrack-full")
_SLOW = (
    *("waiting-for-response", "workers-saturated", "peer-not-reading", "path-stalled"),
    *("retransmission-storm", "reader-stalled"),
)
_ANY_RESET = {"warning_rate": 0.01, "warning_share": 0.0}
_CLOSE_WAIT = {
    "close-wait-leak": {
        **{"seconds": 1, "lasting_seconds": 1},
        **{"warning_sockets": 1, "least_sockets": 1},
    }
}
_IDLE_POOL = "A pooled connection that the server closed while it was idle: compare the timeouts."

CONNECTION_ERRORS = (
    ErrorClass(
        "refused",
        "the peer's host answered that nobody listens there, or a firewall said so (ECONNREFUSED)",
        (
            r"Connect call failed",
            r"actively refused it",
            r"connect error: 111",
            r"Can't connect to .{0,200}\(111\)",
            *errno_patterns("ECONNREFUSED", 111, "connection refused", 10061),
        ),
        ("connection-refused", "closed-port-dialled"),
        (
            "See that the service listens, on the address and family that is dialled: `ss -ltn`; "
            "127.0.0.1 is not reachable from outside.",
            "A full accept queue does not refuse on Linux.",
        ),
        thresholds={"connection-refused": {"warning_rate": 0.01}},
    ),
    ErrorClass(
        "read-timeout",
        "the connection stood, and no answer came in the time the program allows",
        (
            r"Read timed out",
            r"HttpTimeoutException: request timed out",
            r"HttpReadTimeoutException",
            r"ReadTimeoutException",
            r"awaiting headers",
            r"read (?:tcp|udp|unix)\S{0,200} .{0,200}i/o timeout",
            r"[Tt]he read operation timed out",
            r"\bReadTimeout\b",
            r"timed out \(110: [^)]{0,60}\) while (?:reading|sending|SSL handshaking)",
            r"Operation timed out after \d{1,12} milliseconds",
            r"with \d{1,20} (?:out of \S{1,20} )?bytes received",
            r"\bESOCKETTIMEDOUT\b",
            r"\bUND_ERR_HEADERS_TIMEOUT\b",
            r"\bUND_ERR_BODY_TIMEOUT\b",
            r"The request was canceled due to the configured HttpClient\.Timeout",
            r"upstream request timeout",
        ),
        _SLOW,
        ("What the peer needs for an answer is in its own logs: a slow query, a full pool.",),
        thresholds={"waiting-for-response": {"info_seconds": 1}},
    ),
    ErrorClass(
        "connection-died",
        "the kernel gave an established connection up, as the peer acknowledged nothing any more "
        "(ETIMEDOUT while reading or writing)",
        (
            r"SocketException: Connection timed out",
            r"(?:read|write): connection timed out",
            r"\b(?:read|write) ETIMEDOUT",
            r"\b(?:recv|recvmsg|readv|send|sendmsg|writev|sendfile)\(\) failed \(110:",
        ),
        ("path-stalled", "retransmission-storm", "peer-not-reading", "closing-pile-up"),
        ("A firewall or NAT that forgot the idle connection looks like this, too.",),
    ),
    ErrorClass(
        "connect-timeout",
        "no connection came about in the time the program or the kernel allows",
        (
            r"[Cc]onnect(?:ion)? timed out",
            r"HttpConnectTimeoutException",
            r"ConnectTimeoutException",
            r"\bConnectTimeout\b",
            r"Connection to \S{1,200} timed out",
            r"dial (?:tcp|udp)\S{0,10} .{0,200}i/o timeout",
            r"upstream timed out \(110: [^)]{0,60}\) while connecting",
            r"Can't connect to .{0,200}\(110\)",
            r"\bUND_ERR_CONNECT_TIMEOUT\b",
            r"failed to respond after a period of time",
            r"reset reason: connection timeout",
            *errno_patterns("ETIMEDOUT", 110, "connection timed out", 10060),
        ),
        (*_UNANSWERED, "ghost-connection", "handshake-retransmit"),
        ("A firewall that drops looks just like this; so does a wrong or dead address.",),
        thresholds={"connect-timeout": {"warning_retransmits": 1}},
    ),
    ErrorClass(
        "connect-failed",
        "no connection came about; the text does not say why",
        (
            r"curl: \(7\)",
            r"java\.net\.ConnectException\s{0,2}$",
            r"[Cc]ould(?:n't| not) connect to server",
            r"reset reason: (?:remote |local )?connection failure",
        ),
        ("connection-refused", *_UNANSWERED),
        ("See which way it goes: `ip route get {address}`.",),
        thresholds={
            "connection-refused": {"warning_rate": 0.01},
            "connect-timeout": {"warning_retransmits": 1},
        },
    ),
    ErrorClass(
        "timeout",
        "a deadline of the program passed: while connecting, or while waiting for an answer",
        (
            r"\bTimeoutError\b",
            r"socket\.timeout",
            r"i/o timeout",
            r"context deadline exceeded",
            r"SocketTimeoutException",
            r"curl: \(28\)",
            r"[Tt]imed out",
        ),
        (*_UNANSWERED, *_SLOW),
        thresholds={
            "connect-timeout": {"warning_retransmits": 1},
            "waiting-for-response": {"info_seconds": 1},
        },
    ),
    ErrorClass(
        "broken-pipe",
        "the program wrote to a connection that the peer had closed or reset before (EPIPE)",
        (r"ClientAbortException", *errno_patterns("EPIPE", 32, "broken pipe")),
        ("reset-by-peer", "close-wait-leak", "reset-unread-data", "reset-linger-zero"),
        (_IDLE_POOL,),
        thresholds={
            "reset-by-peer": _ANY_RESET,
            "reset-unread-data": _ANY_RESET,
            "reset-linger-zero": _ANY_RESET,
            **_CLOSE_WAIT,
        },
    ),
    ErrorClass(
        "reset",
        "the peer, or something between, ended the connection with a RST (ECONNRESET)",
        (
            r"forcibly closed by the remote host",
            r"reset reason: (?:remote reset|connection termination)",
            r"Lost connection to MySQL server.{0,120}system error: 104",
            *errno_patterns("ECONNRESET", 104, "connection reset", 10054),
        ),
        (
            *("reset-by-peer", "reset-unread-data", "reset-linger-zero", "accept-queue-full"),
            "config-abort-on-overflow",
        ),
        (_IDLE_POOL,),
        thresholds={
            "reset-by-peer": _ANY_RESET,
            "reset-unread-data": _ANY_RESET,
            "reset-linger-zero": _ANY_RESET,
        },
    ),
    ErrorClass(
        "peer-closed",
        "the peer closed the connection before it had answered (a FIN, no error of the kernel)",
        (
            r"[Pp]rematurely closed connection",
            r"Remote end closed connection",
            r"\bRemoteDisconnected\b",
            r"[Ee]mpty reply from server",
            r"socket hang up",  # Node; its code ECONNRESET is no errno then
            r"header parser received no bytes",
            r"NoHttpResponseException",
            r"Connection closed by (?:remote host|foreign host)",
            r"unexpected EOF",
            r"\": EOF\b",
            r"\bUND_ERR_SOCKET\b",
            r"SSL_ERROR_SYSCALL",
            r"Server has gone away",
            r"server closed the connection unexpectedly",
            r"The response ended prematurely",
        ),
        ("close-wait-leak", "reset-by-peer"),
        (
            "The server closed an idle pooled connection: its keep-alive must be longer than the "
            "client's idle time.",
            "Or it crashed while it worked on the request: look at its log.",
        ),
        thresholds={"reset-by-peer": _ANY_RESET, **_CLOSE_WAIT},
    ),
)
