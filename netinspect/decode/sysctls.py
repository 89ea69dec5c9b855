"""Settings: the section `sysctl`, and the host-wide limits in it. Source: proc_sys(5)."""

from __future__ import annotations

from collections.abc import Mapping

from netinspect.errors import ParseError
from netinspect.humanize import safe_text
from netinspect.model import Limits

_LONGEST_NUMBER = 20


def parse_sysctls(data: bytes | memoryview, origin: str = "sysctl") -> Mapping[str, str]:
    """Parse lines "net.ipv4.ip_local_port_range = 32768\t60999"; white space becomes one blank."""
    sysctls = {}
    for number, line in enumerate(bytes(data).splitlines(), 1):
        name, equals, value = line.partition(b" =")
        if not equals:
            raise ParseError(origin, f"line {number}", "not `name = value`")
        sysctls[safe_text(name, 128)] = safe_text(b" ".join(value.split()))
    return sysctls


def build_limits(sysctls: Mapping[str, str]) -> Limits:
    """Pick the limits of the whole host."""
    file_nr = parse_numbers(sysctls.get("fs.file-nr"))
    tcp_mem = parse_numbers(sysctls.get("net.ipv4.tcp_mem"))
    return Limits(
        file_nr=file_nr[0] if file_nr else None,
        file_max=_number(sysctls.get("fs.file-max")),
        nr_open=_number(sysctls.get("fs.nr_open")),
        conntrack_max=_number(sysctls.get("net.netfilter.nf_conntrack_max")),
        tcp_mem=(tcp_mem[0], tcp_mem[1], tcp_mem[2]) if len(tcp_mem) == 3 else None,
        tcp_max_orphans=_number(sysctls.get("net.ipv4.tcp_max_orphans")),
    )


def _number(text: str | None) -> int | None:
    numbers = parse_numbers(text)
    return numbers[0] if len(numbers) == 1 else None


def parse_numbers(text: str | None) -> list[int]:
    """Parse the numbers of a setting, "2048\t0\t100000"; none when a word is something else."""
    words = (text or "").split()
    good = all(word.isascii() and word.isdigit() and len(word) <= _LONGEST_NUMBER for word in words)
    return [int(word) for word in words] if good else []
