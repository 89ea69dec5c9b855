"""Errors before TCP, above TCP, and what proxies and pools make of them."""

from __future__ import annotations

from netinspect.errortexts.error_class import ErrorClass, errno_patterns

OTHER_ERRORS = (
    ErrorClass(
        "name",
        "the name was not resolved: no connection was tried",
        (
            r"[Nn]ame or service not known",
            r"\bENOTFOUND\b",
            r"\bEAI_AGAIN\b",
            r"\bEAI_NONAME\b",
            r"no such host",
            r"UnknownHostException",
            r"[Cc]ould not resolve host",
            r"[Cc]ould not translate host name",
            r"[Tt]emporary failure in name resolution",
            r"host not found in upstream",
            r"server misbehaving",
            r"No such host is known",
        ),
        ("udp-receive-drops", "conntrack-full"),
        ("See what the resolver says: `getent hosts {host}`, `cat /etc/resolv.conf`.",),
    ),
    ErrorClass(
        "pool-empty",
        "a program or server reached its own limit of connections, or its pool had none left",
        (
            r"Connection is not available, request timed out",
            r"QueuePool limit",
            r"[Tt]imeout waiting for connection from pool",
            r"too many clients already",
            r"Too many connections",
            r"max number of clients reached",
            r"worker_connections are not enough",
            r"reset reason: overflow",
        ),
        ("waiting-for-response", "close-wait-leak"),
        (
            "Count the connections of the pool: "
            "`netinspect sockets dst {address} and rport {port}`.",
            "Count those towards that port: `ss -Htan '( dport = :{port} )' | wc -l`.",
        ),
        thresholds={"waiting-for-response": {"info_seconds": 1}},
    ),
    ErrorClass(
        "no-live-upstream",
        "the proxy had marked all servers as down after earlier errors",
        (r"no live upstreams", r"no healthy upstream"),
        ("connection-refused", "connect-timeout", "accept-queue-full", "waiting-for-response"),
        ("Look for the earlier lines that name the first error: refused, reset or timed out.",),
        thresholds={
            "connection-refused": {"warning_rate": 0.01},
            "connect-timeout": {"warning_retransmits": 1},
            "waiting-for-response": {"info_seconds": 1},
        },
    ),
    ErrorClass(
        "client-gone",
        "the client went away before it had its answer: it gave up waiting, or was closed",
        (
            r"client prematurely closed connection",
            r"client (?:timed out|has closed).{0,40}while",
        ),
        ("workers-saturated", "waiting-for-response", "reader-stalled"),
        ("Compare the client's timeout with the time an answer takes.",),
        thresholds={"waiting-for-response": {"info_seconds": 1}},
    ),
    ErrorClass(
        "local-resources",
        "the proxy lacked a descriptor, memory or a local port for the connection to the server",
        (r"reached (?:process|system) FD limit", r"no free ports"),
        ("fd-limit-process", "ephemeral-exhaustion", "ephemeral-bind-pool", "tcp-memory-pressure"),
    ),
    ErrorClass(
        "no-route",
        "no way to the host: no answer to ARP or ND, a route that says so, or a firewall "
        "(EHOSTUNREACH)",
        (r"NoRouteToHost", *errno_patterns("EHOSTUNREACH", 113, "no route to host", 10065)),
        advice=(
            "See which way it goes: `ip route get {address}`.",
            "FAILED means that nobody answers there: `ip neigh show`.",
        ),
    ),
    ErrorClass(
        "network-unreachable",
        "this host, or a router on the way, has no route to that network (ENETUNREACH)",
        errno_patterns("ENETUNREACH", 101, "network is unreachable", 10051),
        advice=(
            "See which way it goes: `ip route get {address}`.",
            "See all routes: `ip route show`; an IPv6 address on a host without IPv6 ends so, too.",
        ),
    ),
    ErrorClass(
        "tls",
        "TLS failed on a connection that TCP had made",
        (
            r"wrong version number",
            r"does not look like a TLS handshake",
            r"tls: .{0,40}handshake failure",
            r"sslv3 alert handshake failure",
            r"certificate verify failed",
            r"CERTIFICATE_VERIFY_FAILED",
            r"PKIX path building failed",
            r"Unrecognized SSL message, plaintext connection",
        ),
        advice=("Look for a plain port behind a TLS client, or the reverse; at certificates.",),
        unseen="TCP did its part, and the kernel knows nothing of TLS",
    ),
)
