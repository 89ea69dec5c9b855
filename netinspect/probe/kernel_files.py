"""Reads small kernel files as they are: /proc/net counters and sysctls."""

from __future__ import annotations

import os
from collections.abc import Iterator

from .notes import Notes, more_rights

_NET_FILES = (
    ("net.snmp", "snmp"),
    ("net.netstat", "netstat"),
    ("net.snmp6", "snmp6"),
    ("net.sockstat", "sockstat"),
    ("net.sockstat6", "sockstat6"),
    ("net.conntrack", "stat/nf_conntrack"),
)

_IPV4 = (
    "ip_local_port_range ip_local_reserved_ports ip_unprivileged_port_start ip_nonlocal_bind"
    " ip_autobind_reuse tcp_tw_reuse tcp_tw_reuse_delay tcp_max_tw_buckets tcp_fin_timeout"
    " tcp_max_syn_backlog tcp_syncookies tcp_abort_on_overflow tcp_syn_retries tcp_synack_retries"
    " tcp_syn_linear_timeouts tcp_retries1 tcp_retries2 tcp_orphan_retries tcp_max_orphans tcp_mem"
    " tcp_rmem tcp_wmem tcp_keepalive_time tcp_keepalive_intvl tcp_keepalive_probes tcp_timestamps"
    " tcp_sack tcp_window_scaling tcp_fastopen tcp_congestion_control tcp_rfc1337 tcp_migrate_req"
    " udp_mem udp_rmem_min udp_wmem_min"
)
_CORE = "somaxconn rmem_default wmem_default rmem_max wmem_max netdev_max_backlog optmem_max"
_NETFILTER = (
    "nf_conntrack_max nf_conntrack_count nf_conntrack_buckets"
    " nf_conntrack_tcp_timeout_established nf_conntrack_tcp_timeout_time_wait"
)
_SYSCTLS = (
    ["net/ipv4/" + name for name in _IPV4.split()]
    + ["net/core/" + name for name in _CORE.split()]
    + ["net/netfilter/" + name for name in _NETFILTER.split()]
    + ["net/unix/max_dgram_qlen", "net/ipv6/bindv6only", "net/ipv6/conf/all/disable_ipv6"]
    + ["fs/file-nr", "fs/file-max", "fs/nr_open", "kernel/pid_max", "kernel/threads-max"]
)

_CHUNK = 1 << 16


def read_file(name: str, *, dir_fd: int | None = None, limit: int | None = None) -> bytes:
    """Read a kernel file to its end, or its first `limit` bytes at least; raises OSError."""
    fd = os.open(name, os.O_RDONLY | os.O_CLOEXEC, dir_fd=dir_fd)
    try:
        data = chunk = os.read(fd, _CHUNK)
        # The /proc/net tables come in pieces, whatever the size asked for.
        while chunk and (limit is None or len(data) < limit):
            chunk = os.read(fd, _CHUNK)
            data += chunk
        return data
    finally:
        os.close(fd)


def read_known(path: str, source: str, notes: Notes) -> bytes | None:
    """Read a file that this kernel may not have; None then, and a Note when it is refused."""
    try:
        return read_file(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except PermissionError as error:
        notes.add(source, "may not be read", remedy=more_rights(), count=1, errno=error.errno)
    except OSError as error:
        notes.add(source, error.strerror or "cannot be read", count=1, errno=error.errno)
    return None


def net_folder(proc: str) -> str:
    """Return the folder with the tables of the calling thread's network namespace.

    /proc/net itself shows the namespace of the main thread.
    """
    own = proc + "/thread-self/net"
    return own if os.path.isdir(own) else proc + "/self/net"


def read_net_files(proc: str, notes: Notes) -> Iterator[tuple[str, bytes]]:
    """Yield the counter files of this network namespace by section name."""
    folder = net_folder(proc)
    for section, name in _NET_FILES:
        text = read_known(f"{folder}/{name}", section, notes)
        if text is not None:
            yield section, text


def read_sysctls(proc: str, notes: Notes) -> bytes:
    """Return lines "net.core.somaxconn = 4096" for the sysctls that exist here."""
    lines = []
    for path in _SYSCTLS:
        text = read_known(f"{proc}/sys/{path}", "sysctl", notes)
        if text is not None:
            lines.append(b"%s = %s\n" % (path.replace("/", ".").encode(), text.strip()))
    return b"".join(lines)
