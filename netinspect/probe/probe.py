"""The Probe: one pass over everything, again and again."""

from __future__ import annotations

import time

from . import host, kernel_files, namespaces, owners, proc_net, processes, sock_diag, unix_diag
from .capture import Capture
from .netlink import Netlink
from .pulses import Pulses
from .reserve import Reserve


class Probe:
    """Takes Captures; keeps its descriptors open and what changes slowly in between.

    pulses: what to take between two Captures; the next one has them.

    source: "netlink" asks sock_diag, "proc" reads the /proc/net tables, "auto" reads them where
    sock_diag is refused. viewer: pid of the process that shows the Captures, None = this one.
    info_limit: number of TCP sockets from which on only listeners and watched ones have tcp_info.
    only: what each dump of sock_diag shall list, others are not taken; None = everything. owners:
    read processes and what they hold.
    """

    def __init__(
        self,
        *,
        source: str = "auto",
        viewer: int | None = None,
        proc: str = "/proc",
        netlink: Netlink | None = None,
        info_limit: int = sock_diag.INFO_LIMIT,
        only: dict[str, bytes] | None = None,
        owners: bool = True,
    ) -> None:
        self._source = source
        self._proc = proc
        self._info_limit = info_limit
        self._only = only
        self._owners = owners
        self._netlink = netlink or Netlink()
        self._processes = processes.ProcessReader(proc)
        self._host = host.read_host(proc)
        self._self_pids = host.read_self_pids(proc, viewer)
        self._watched = []  # type: list[bytes]
        self.pulses = Pulses(None if source == "proc" else self._netlink, proc)
        self._reserve = Reserve(proc)
        self._open_early()

    def close(self) -> None:
        """Close all descriptors."""
        self._reserve.release()
        self._netlink.close()
        self._processes.close()

    def watch(self, requests: list[bytes]) -> None:
        """Have tcp_info of these sockets in every Capture; see sock_diag.parse_watch."""
        self._watched = requests

    def take_capture(self) -> Capture:
        """Read everything once. Whatever cannot be read becomes a Note; nothing is raised."""
        cpu, wall = time.thread_time(), time.monotonic()
        capture = Capture()
        self._reserve.release()
        capture.host, capture.self_pids = self._host, self._self_pids
        netns = namespaces.read_own_netns(self._proc)
        self.pulses.hand_over(capture, netns)
        tcp_sockets = self._add_kernel_files(capture, netns)
        self._add_sockets(capture, netns, with_info=tcp_sockets < self._info_limit)
        if self._owners:
            self._add_processes(capture)
            capture.add("users", host.read_users())
        self._reserve.keep()
        capture.rss = host.read_rss(self._proc)
        capture.cpu += time.thread_time() - cpu
        capture.wall = time.monotonic() - wall
        return capture

    def _open_early(self) -> None:
        # While there are descriptors to be had; a failure shows when the pass tries again.
        for opener in (self._processes.open, self._netlink.open):
            try:
                opener()
            except OSError:
                continue
        self._reserve.keep()

    def _add_kernel_files(self, capture: Capture, netns: int) -> int:
        """Add counters and sysctls; return how many TCP sockets the counters tell of."""
        tcp_sockets = 0
        for name, text in kernel_files.read_net_files(self._proc, capture.notes):
            capture.add(name, text, netns)
            if name in ("net.sockstat", "net.sockstat6"):
                tcp_sockets += sock_diag.count_tcp(text)
        capture.add("sysctl", kernel_files.read_sysctls(self._proc, capture.notes), netns)
        return tcp_sockets

    def _add_sockets(self, capture: Capture, netns: int, *, with_info: bool) -> None:
        for table in sock_diag.tables(with_info):
            self._add_table(capture, netns, table)
        if not with_info and self._source != "proc":
            capture.notes.add("tcp_info", sock_diag.say_without_info(self._info_limit))
            if self._watched:
                details = sock_diag.read_details(self._netlink, self._watched, capture.notes)
                capture.add("sock_diag.detail", details, netns)
        self._add_table(capture, netns, unix_diag.table())

    def _add_table(self, capture: Capture, netns: int, table: sock_diag.Table) -> None:
        if self._source != "proc":
            if self._only is not None:
                table = sock_diag.narrow(table, self._only)
            dumps = sock_diag.read_table(self._netlink, table, capture.notes)
            if dumps is not None:
                if self._only is not None:
                    capture.notes.add("asked", "only sockets the filter may select were listed")
                for name, messages in dumps:
                    capture.add(name, messages, netns)
                return
        if self._source != "netlink":
            text = proc_net.read_table(self._proc, table.text, capture.notes)
            if text is not None:
                capture.add("proc_net." + table.text, text, netns)

    def _add_processes(self, capture: Capture) -> None:
        try:
            objects, holders = self._processes.read(capture.notes)
        except OSError as error:
            message = error.strerror or "cannot be read"
            capture.notes.add(processes.SECTION, message, errno=error.errno)
            return
        capture.add(owners.SECTION, holders)
        capture.add(processes.SECTION, objects)


def take_capture(source: str = "auto") -> Capture:
    """Read everything once, in this process."""
    probe = Probe(source=source)
    try:
        return probe.take_capture()
    finally:
        probe.close()
