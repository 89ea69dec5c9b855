"""Errors of this host: what its kernel logs, descriptors, ports, misuse inside a program."""

from __future__ import annotations

from netinspect.errortexts.error_class import ErrorClass, errno_patterns

KERNEL_MESSAGES = (
    ErrorClass(
        "syn-flood-message",
        "the kernel answered with SYN cookies, or dropped: a listener's SYN queue was full",
        (r"Possible SYN flooding on port",),
        ("syn-queue-pressure", "accept-queue-full"),
        ("The message also comes with a backlog that is too small: it is no proof of an attack.",),
        local=True,
    ),
    ErrorClass(
        "conntrack-message",
        "connection tracking had no room for a new flow and dropped its packet",
        (r"nf_conntrack: .{0,60}table full",),
        ("conntrack-full",),
        local=True,
    ),
    ErrorClass(
        "orphan-message",
        "the kernel reset connections whose program had closed them already",
        (r"TCP: too many orphaned sockets",),
        ("orphan-limit", "closing-pile-up"),
        local=True,
    ),
    ErrorClass(
        "memory",
        "TCP reached its share of memory, or a queue of the network took no more (ENOBUFS)",
        (r"TCP: out of memory", *errno_patterns("ENOBUFS", 105, "no buffer space available")),
        ("tcp-memory-pressure", "reader-stalled", "peer-not-reading"),
        local=True,
    ),
    ErrorClass(
        "time-wait-message",
        "there were more connections in TIME_WAIT than tcp_max_tw_buckets",
        (r"time wait bucket table overflow",),
        ("time-wait-overflow", "time-wait-client", "time-wait-server"),
        local=True,
    ),
    ErrorClass(
        "neighbour-message",
        "the table of neighbours (ARP, ND) was full, so that hosts nearby could not be reached",
        (r"neighbou?r: .{0,40}table overflow", r"[Nn]eighbour table overflow"),
        (),
        ("Compare: `ip neigh show | wc -l` and `sysctl net.ipv4.neigh.default.gc_thresh3`.",),
    ),
)
"""What the kernel logs names its anomaly outright."""

LOCAL_ERRORS = (
    ErrorClass(
        "closed-locally",
        "the program used a socket that it had closed itself, maybe in another thread",
        (
            r"\bSocket (?:is )?closed",
            r"use of closed network connection",
            r"\bERR_STREAM_DESTROYED\b",
            r"\bERR_SOCKET_CLOSED\b",
            r"AsynchronousCloseException",
            r"ClosedByInterruptException",
            r"ObjectDisposedException.{0,200}Socket",
            *errno_patterns("EBADF", 9, "bad file descriptor"),
        ),
        advice=(
            "Look for a timeout or an eviction that closes the socket in another thread.",
            "Look for a second close(), and for use after close().",
        ),
        unseen="it happened inside the program, nothing of it reached the kernel or the wire",
    ),
    ErrorClass(
        "descriptors-host",
        "the whole host had no open file left (ENFILE)",
        (
            r"file-max limit \d{1,20} reached",
            *errno_patterns("ENFILE", 23, "too many open files in system"),
        ),
        ("fd-limit-system", "fd-limit-process"),
        local=True,
    ),
    ErrorClass(
        "descriptors",
        "the process had no descriptor left (EMFILE)",
        errno_patterns("EMFILE", 24, "too many open files"),
        ("fd-limit-process", "close-wait-leak", "accept-queue-full"),
        thresholds={"close-wait-leak": {"lasting_seconds": 30}},
        local=True,
        beside={"close-wait-leak": "fd-limit-process", "accept-queue-full": "fd-limit-process"},
    ),
    ErrorClass(
        "no-source-port",
        "a client that binds its local address before it connects found no free port there "
        "(EADDRINUSE of an outgoing connection)",
        (r"bind\([^)]{1,60}\) failed \(98: .{0,60}while connecting", r"\bconnect EADDRINUSE\b"),
        ("ephemeral-bind-pool", "ephemeral-exhaustion", "time-wait-client", "port-in-use"),
    ),
    ErrorClass(
        "port-in-use",
        "the local address and port could not be had: something else has it (EADDRINUSE)",
        (
            r"[Pp]ort \d{1,5} (?:was|is) already in use",
            r"Only one usage of each socket address",
            *errno_patterns("EADDRINUSE", 98, "address already in use", 10048),
        ),
        (
            *("port-in-use", "self-connect", "port-squatted", "listener-inherited"),
            *("listener-orphaned-child", "config-listener-in-range", "ephemeral-bind-pool"),
        ),
        local=True,
    ),
    ErrorClass(
        "address-not-here",
        "the local address that the program binds to is not one of this host's (EADDRNOTAVAIL)",
        (
            r"(?:listen|bind) EADDRNOTAVAIL",
            r"(?:listen|bind)\b.{0,120}[Cc]an(?:no|')?t assign requested address",
            r"[Cc]an(?:no|')?t assign requested address.{0,40}attempting to bind on",
        ),
        advice=(
            "See whether this host has the address: `ip -br address`.",
            "A floating address that comes later: `sysctl net.ipv4.ip_nonlocal_bind`, "
            "or IP_FREEBIND in the server.",
        ),
    ),
    ErrorClass(
        "no-local-port",
        "no local port was left for that destination, or the program bound to an address that is "
        "not on this host (EADDRNOTAVAIL)",
        (
            r"[Cc]an't assign requested address",
            *errno_patterns("EADDRNOTAVAIL", 99, "cannot assign requested address", 10049),
        ),
        (
            *("ephemeral-exhaustion", "ephemeral-bind-pool", "time-wait-client"),
            "ephemeral-slow-connect",
        ),
        ("If the program chooses its local address, see that it is here: `ip -br address`.",),
    ),
    ErrorClass(
        "permission",
        "a port below ip_unprivileged_port_start, or a route or firewall that prohibits (EACCES)",
        (
            r"[Pp]ermission denied.{0,120}(?:bind|listen|connect|socket)",
            r"(?:bind|listen|connect|socket).{0,120}[Pp]ermission denied",
            r"SocketException: Permission denied",
            r"(?:listen|bind|connect) EACCES\b",
        ),
        advice=(
            "To listen: `sysctl net.ipv4.ip_unprivileged_port_start`.",
            "To connect: `ip route get {address}`.",
        ),
    ),
)
