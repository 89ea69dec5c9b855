"""Processes: the section `processes`, a JSON array; netinspect/probe/processes.py has its form."""

from __future__ import annotations

from collections.abc import Mapping

from netinspect.decode.cgroups import Place, parse_cgroup
from netinspect.decode.json_object import JsonObject, as_objects, parse_json
from netinspect.decode.process_files import (
    build_name,
    parse_cmdline,
    parse_effective_uid,
    parse_open_files_limit,
    parse_stat,
)
from netinspect.errors import ParseError
from netinspect.humanize import safe_text
from netinspect.model import UNKNOWN, FdKinds, Process

_ORIGIN = "processes"


def parse_processes(data: bytes | memoryview, users: Mapping[int, str]) -> Mapping[int, Process]:
    """Parse all processes; users: names by uid. Raises ParseError."""
    entries = as_objects(parse_json(data, _ORIGIN), _ORIGIN, "$")
    processes = (_build_process(entry, users) for entry in entries)
    return {process.pid: process for process in processes}


def _build_process(entry: JsonObject, users: Mapping[int, str]) -> Process:
    pid = entry.count("pid")
    if pid is None or pid >= 1 << 31:
        raise ParseError(_ORIGIN, "pid", "missing or too large")
    raw = entry.raw("stat")
    stat = None if raw is None else parse_stat(raw, f"process {pid}")
    comm = stat.comm if stat else b""
    exe, cmdline = entry.raw("exe"), entry.raw("cmdline")
    uid = parse_effective_uid(entry.raw("status") or b"")
    soft, hard = parse_open_files_limit(entry.raw("limits") or b"")
    cgroup = entry.raw("cgroup")
    place = Place() if cgroup is None else parse_cgroup(cgroup)
    return Process(
        pid=pid,
        start_time=stat.start_time if stat else UNKNOWN,
        ppid=stat.ppid if stat else None,
        comm=safe_text(comm),
        name=build_name(comm, exe),
        state=stat.state if stat else None,
        threads=stat.threads if stat else None,
        uid=uid,
        user=None if uid is None else users.get(uid),
        cmdline=None if cmdline is None else parse_cmdline(cmdline),
        exe=None if exe is None else safe_text(exe),
        cgroup=place.path,
        unit=place.unit,
        container=place.container,
        fds=entry.count("fds"),
        fd_soft=soft,
        fd_hard=hard,
        fd_kinds=_build_kinds(entry.numbers("kinds"), pid),
        netns=entry.count("netns"),
        group=stat.group if stat and stat.group >= 0 else None,
        session=stat.session if stat and stat.session >= 0 else None,
        thread_names=_build_names(entry.counts("thread_names")),
    )


def _build_names(counts: Mapping[bytes, int] | None) -> Mapping[str, int] | None:
    if counts is None:
        return None
    names: dict[str, int] = {}
    for raw, count in counts.items():
        name = safe_text(raw)
        names[name] = names.get(name, 0) + count
    return names


def _build_kinds(kinds: list[int] | None, pid: int) -> FdKinds | None:
    if kinds is None:
        return None
    if len(kinds) != 5:
        raise ParseError(_ORIGIN, f"process {pid}", f"{len(kinds)} kinds of descriptors, not 5")
    return FdKinds(*kinds)
