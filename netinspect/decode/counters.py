"""Counters of a network namespace: the /proc/net files of names and numbers.

Sources: proc_net(5), net/ipv4/proc.c, net/ipv6/proc.c, net/netfilter/nf_conntrack_standalone.c.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache

from netinspect.errors import ParseError
from netinspect.humanize import safe_text

_SNMP6 = re.compile(rb"(Ip6|Icmp6|UdpLite6|Udp6)(\w+)")
_LONGEST_NUMBER = 20
_LONGEST_NAME = 64


def parse_snmp(data: bytes | memoryview, origin: str) -> Mapping[str, int]:
    """Parse /proc/net/snmp and netstat, pairs of lines "Tcp: RtoMin …" and "Tcp: 200 …".

    Names come out as "Tcp.RtoMin". Raises ParseError when a pair does not match.
    """
    counters: dict[str, int] = {}
    lines = bytes(data).splitlines()
    for number in range(0, len(lines) - 1, 2):
        names, values = lines[number].split(), lines[number + 1].split()
        if len(names) != len(values) or names[:1] != values[:1]:
            raise ParseError(origin, f"line {number + 1}", "names and values do not match")
        prefix = _name(names[0].rstrip(b":")) if names else ""
        for name, value in zip(names[1:], values[1:], strict=True):
            counters[f"{prefix}.{_name(name)}"] = _number(value, origin, number + 2)
    return counters


def parse_snmp6(data: bytes | memoryview, origin: str) -> Mapping[str, int]:
    """Parse lines "Udp6RcvbufErrors  12" of /proc/net/snmp6; comes out as "Udp6.RcvbufErrors"."""
    counters = {}
    for number, words in _word_lines(data):
        if len(words) != 2:
            raise ParseError(origin, f"line {number}", "not a name and a value")
        parts = _SNMP6.fullmatch(words[0])
        name = b".".join(parts.groups()) if parts else words[0]
        counters[_name(name)] = _number(words[1], origin, number)
    return counters


def parse_sockstat(data: bytes | memoryview, origin: str) -> Mapping[str, int]:
    """Parse lines "TCP: inuse 4 orphan 0 tw 2" of sockstat and sockstat6: "TCP.inuse"."""
    counters = {}
    for number, words in _word_lines(data):
        if len(words) % 2 != 1:
            raise ParseError(origin, f"line {number}", "a name without its value")
        prefix = _name(words[0].rstrip(b":"))
        for name, value in zip(words[1::2], words[2::2], strict=True):
            counters[f"{prefix}.{_name(name)}"] = _number(value, origin, number)
    return counters


def parse_conntrack(data: bytes | memoryview, origin: str) -> Mapping[str, int]:
    """Parse /proc/net/stat/nf_conntrack: names, then one line of hexadecimals for each CPU.

    They are added up, but for `entries`, which is the same number of the namespace in each line.
    """
    lines = list(_word_lines(data))
    if not lines:
        return {}
    names = [_name(name) for name in lines[0][1]]
    counters = dict.fromkeys(names, 0)
    for number, words in lines[1:]:
        if len(words) != len(names):
            raise ParseError(origin, f"line {number}", "names and values do not match")
        for name, word in zip(names, words, strict=True):
            value = _number(word, origin, number, base=16)
            counters[name] = value if name == "entries" else counters[name] + value
    return counters


def _word_lines(data: bytes | memoryview) -> Iterator[tuple[int, list[bytes]]]:
    for number, line in enumerate(bytes(data).splitlines(), 1):
        if words := line.split():
            yield number, words


@lru_cache(maxsize=4096)  # the same few hundred in every file
def _name(raw: bytes) -> str:
    return safe_text(raw, _LONGEST_NAME)


def _number(word: bytes, origin: str, line: int, base: int = 10) -> int:
    try:
        if len(word) <= _LONGEST_NUMBER:
            return int(word, base)
    except ValueError:
        pass
    raise ParseError(origin, f"line {line}", f"`{safe_text(word, 40)}` is not a number")


CounterParser = Callable[[bytes | memoryview, str], Mapping[str, int]]

COUNTER_PARSERS: Mapping[str, tuple[str, CounterParser]] = {
    "net.snmp": ("counters", parse_snmp),
    "net.netstat": ("counters", parse_snmp),
    "net.snmp6": ("counters", parse_snmp6),
    "net.sockstat": ("sockstat", parse_sockstat),
    "net.sockstat6": ("sockstat", parse_sockstat),
    "net.conntrack": ("conntrack", parse_conntrack),
}
"""By section: the field of Namespace its counters belong to, and who reads it."""
