"""Network namespaces: the counters and settings of a Capture, put together by namespace."""

from __future__ import annotations

from collections.abc import Iterable

from netinspect.decode.counters import COUNTER_PARSERS
from netinspect.decode.frame import Section
from netinspect.decode.sysctls import parse_sysctls
from netinspect.model import Namespace


def build_namespaces(sections: Iterable[Section]) -> tuple[Namespace, ...]:
    """Make one Namespace for each that any section is of; raises ParseError."""
    found: dict[int, _Parts] = {}
    for section in sections:
        if section.name in COUNTER_PARSERS or section.name == "sysctl" or section.netns:
            found.setdefault(section.netns, _Parts()).add(section)
    return tuple(parts.build(inode) for inode, parts in found.items())


class _Parts:
    """What is known of one namespace so far."""

    def __init__(self) -> None:
        self._counters: dict[str, dict[str, int]] = {
            "counters": {},
            "sockstat": {},
            "conntrack": {},
        }
        self._sysctls: dict[str, str] = {}

    def add(self, section: Section) -> None:
        if section.name == "sysctl":
            self._sysctls.update(parse_sysctls(section.data))
        elif section.name in COUNTER_PARSERS:
            field, parse = COUNTER_PARSERS[section.name]
            self._counters[field].update(parse(section.data, section.name))

    def build(self, inode: int) -> Namespace:
        return Namespace(inode, sysctls=self._sysctls, **self._counters)
