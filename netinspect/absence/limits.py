"""What the limits of processes and of the host show against a cause."""

from __future__ import annotations

from netinspect.absence.absence import CLEAR, Absence, likely_spaces
from netinspect.humanize import count_text, percent_text
from netinspect.measures.facts import Facts
from netinspect.measures.subjects import process_text
from netinspect.model import Process
from netinspect.scope import Scope


def descriptors(facts: Facts, scope: Scope) -> Absence | None:
    processes = list(facts.now.processes.values())
    if scope.pid is not None:
        processes = [process for process in processes if process.pid == scope.pid]
    known = [(share, process) for process in processes if (share := _fd_share(process)) is not None]
    if not known:
        return None
    share, process = max(known, key=lambda pair: pair[0])
    text = (
        f"{process_text(process)} has {count_text(process.fds)} of "
        f"{count_text(process.fd_soft)} descriptors ({percent_text(share)})"
    )
    if scope.pid is None:
        text = f"nearest to its limit, {text}"
    return Absence(text, share < CLEAR and len(known) == len(processes))


def _fd_share(process: Process) -> float | None:
    return process.fds / process.fd_soft if process.fds is not None and process.fd_soft else None


def open_files(facts: Facts, scope: Scope) -> Absence | None:
    used, most = facts.now.limits.file_nr, facts.now.limits.file_max
    if used is None or not most:
        return None
    return Absence(f"{count_text(used)} of {count_text(most)} files are open", used < CLEAR * most)


def conntrack(facts: Facts, scope: Scope) -> Absence | None:
    """Read what connection tracking dropped for want of room.

    It excludes nothing: packets go through other hosts' and network namespaces' tables, too.
    """
    most, spaces = facts.now.limits.conntrack_max, facts.now.namespaces
    counts = [n.sysctl_int("net.netfilter.nf_conntrack_count") for n in spaces]
    known = [count for count in counts if count is not None]
    if most is None or not known:
        return None
    text = f"{count_text(max(known))} of {count_text(most)} flows are tracked here"
    dropped = [count for n in spaces if (count := n.conntrack.get("drop")) is not None]
    if not dropped:
        return Absence(text)
    total = sum(dropped)
    return Absence(f"{text}, {count_text(total) if total else 'none'} dropped so far")


def abort_on_overflow(facts: Facts, scope: Scope) -> Absence | None:
    values = {n.sysctl_int("net.ipv4.tcp_abort_on_overflow") for n in likely_spaces(facts, scope)}
    return Absence("net.ipv4.tcp_abort_on_overflow is 0", True) if values == {0} else None
