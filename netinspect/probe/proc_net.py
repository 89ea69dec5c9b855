"""The /proc/net tables that tell a part of what sock_diag does, for where that is refused."""

from __future__ import annotations

from .kernel_files import net_folder, read_known
from .notes import Notes

_LOST = {
    "tcp": "no accept queue limits, drops, tcp_info or bound-only sockets",
    "udp": "no cgroups",
    "unix": "no peers or accept queues",
}


def read_table(proc: str, name: str, notes: Notes) -> bytes | None:
    """Read /proc/net/NAME (tcp, tcp6, udp, udp6, unix) and note what it lacks; None if absent."""
    section = "proc_net." + name
    text = read_known(f"{net_folder(proc)}/{name}", section, notes)
    if text is not None:
        lost = _LOST[name.rstrip("6")]
        notes.add(section, f"read from /proc/net/{name}: {lost}", remedy="allow sock_diag netlink")
    return text
