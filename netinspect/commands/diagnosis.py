"""What one Sample tells about how well this host can be seen."""

from __future__ import annotations

import platform
import resource
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib import metadata

import numpy as np
from numpy.typing import NDArray

from netinspect import __version__
from netinspect.exporters.json_values import coverage_object, host_object, time_text, to_json
from netinspect.exporters.text_report import note_text
from netinspect.model import UNKNOWN, Cost, Coverage, Host, OwnerReason, Proto, Sample, TcpState
from netinspect.report import build_coverage

SCHEMA = "netinspect.doctor/1"
_PACKAGES = ("textual", "rich", "psutil", "numpy")
_CAPABILITIES = (
    (1, "CAP_DAC_OVERRIDE", "other users' /proc files"),
    (2, "CAP_DAC_READ_SEARCH", "other users' /proc files"),
    (12, "CAP_NET_ADMIN", "socket marks"),
    (19, "CAP_SYS_PTRACE", "other users' descriptors"),
    (21, "CAP_SYS_ADMIN", "other network namespaces"),
    (38, "CAP_PERFMON", "BPF iterators"),
    (39, "CAP_BPF", "BPF iterators"),
)
"""Number and name of include/uapi/linux/capability.h, and what it lets a probe read."""


@dataclass(frozen=True, slots=True)
class Ability:
    """One thing netinspect reads, and how much of it could be read."""

    what: str
    readable: bool | None  # None: nothing there that could be read
    detail: str


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """All that `doctor` tells. viewer_seconds: from asking for the Sample to having it."""

    versions: dict[str, str | None]
    host: Host
    origin: str
    taken_at: float
    capabilities: dict[str, bool] | None
    abilities: tuple[Ability, ...]
    coverage: Coverage
    cost: Cost
    viewer_seconds: float
    viewer_rss: int  # bytes, at its highest


def build_diagnosis(sample: Sample, viewer_seconds: float) -> Diagnosis:
    """Judge a Sample."""
    return Diagnosis(
        versions=_versions(),
        host=sample.host,
        origin=sample.origin,
        taken_at=sample.taken_at,
        capabilities=_capabilities(sample.host),
        abilities=(*_socket_abilities(sample), *_other_abilities(sample)),
        coverage=build_coverage(sample),
        cost=sample.cost,
        viewer_seconds=viewer_seconds,
        viewer_rss=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    )


def diagnosis_json(diagnosis: Diagnosis) -> bytes:
    """Write one JSON document, schema netinspect.doctor/1."""
    document = {
        "schema": SCHEMA,
        "taken_at": time_text(diagnosis.taken_at),
        "versions": diagnosis.versions,
        "host": host_object(diagnosis.host),
        "origin": diagnosis.origin,
        "capabilities": diagnosis.capabilities,
        "abilities": [asdict(ability) for ability in diagnosis.abilities],
        "coverage": coverage_object(diagnosis.coverage),
        "cost": {
            "probe": asdict(diagnosis.cost),
            "viewer": {"wall": diagnosis.viewer_seconds, "rss": diagnosis.viewer_rss},
        },
    }
    return (to_json(document) + "\n").encode()


def diagnosis_text(diagnosis: Diagnosis) -> bytes:
    """Write it as text to read."""
    return ("\n".join(_lines(diagnosis)) + "\n").encode("utf-8", "backslashreplace")


def _lines(diagnosis: Diagnosis) -> Iterator[str]:
    host, cost = diagnosis.host, diagnosis.cost
    yield "versions"
    for name, version in diagnosis.versions.items():
        yield f"  {name:<22}{version or 'not installed'}"
    yield f"host {host.name}"
    yield f"  {'kernel':<22}{host.kernel or 'not known'}"
    yield f"  {'effective uid':<22}{'not known' if host.euid is None else host.euid}"
    yield f"  {'sockets from':<22}{diagnosis.origin}"
    yield "rights"
    for number, name, use in _CAPABILITIES:
        has = "not known" if host.capabilities is None else _yes(host.capabilities >> number & 1)
        yield f"  {name:<22}{has:<12}{use}"
    yield "can be read"
    for ability in diagnosis.abilities:
        yield f"  {ability.what:<22}{_yes(ability.readable):<12}{ability.detail}"
    yield "not read"
    for note in diagnosis.coverage.notes:
        yield f"  {note_text(note)}"
    if diagnosis.coverage.summary:
        yield f"  {diagnosis.coverage.summary}"
    if not diagnosis.coverage.notes and not diagnosis.coverage.summary:
        yield "  nothing: all was readable"
    yield "cost of this look"
    yield f"  {'probe':<22}{_cost_text(cost.cpu, cost.wall, cost.rss)}"
    yield f"  {'whole':<22}{_cost_text(None, diagnosis.viewer_seconds, diagnosis.viewer_rss)}"


def _versions() -> dict[str, str | None]:
    versions: dict[str, str | None] = {
        "netinspect": __version__,
        "python": platform.python_version(),
    }
    for name in _PACKAGES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            versions[name] = None
    return versions


def _capabilities(host: Host) -> dict[str, bool] | None:
    if host.capabilities is None:
        return None
    return {name: bool(host.capabilities >> number & 1) for number, name, _ in _CAPABILITIES}


def _socket_abilities(sample: Sample) -> Iterator[Ability]:
    sockets = sample.sockets
    for proto in (Proto.TCP, Proto.UDP, Proto.UNIX):
        count = int(np.count_nonzero(sockets.proto == proto))
        detail = f"{count:,}" if count else "there is none, or none may be seen"
        yield Ability(f"{proto.name.lower()} sockets", count > 0 or None, detail)
    established = (sockets.proto == Proto.TCP) & (sockets.state == TcpState.ESTABLISHED)
    listening = (sockets.proto == Proto.TCP) & (sockets.state == TcpState.LISTEN)
    yield _known_part("tcp_info", sockets.bytes_acked, established, "ESTABLISHED")
    yield _known_part("accept queue limits", sockets.send_q, listening, "LISTEN")
    yield _known_part("accept queue drops", sockets.drops, listening, "LISTEN")
    inet = sockets.owner_reason[sockets.proto != Proto.UNIX]
    reasons = np.bincount(inet, minlength=len(OwnerReason)).tolist()
    known, hidden = reasons[OwnerReason.OWNED], reasons[OwnerReason.HIDDEN]
    detail = f"{known:,} known, {hidden:,} hidden, {reasons[OwnerReason.ELSEWHERE]:,} elsewhere"
    yield Ability("socket owners", not hidden, detail)


def _known_part(
    what: str, column: NDArray[np.int64], mask: NDArray[np.bool_], state: str
) -> Ability:
    total = int(np.count_nonzero(mask))
    known = int(np.count_nonzero(mask & (column != UNKNOWN)))
    return Ability(what, known > 0 if total else None, f"of {known:,} of {total:,} in {state}")


def _other_abilities(sample: Sample) -> Iterator[Ability]:
    processes = [p for p in sample.processes.values() if not p.is_kernel_thread]
    seen = sum(process.fd_kinds is not None for process in processes)
    yield Ability("descriptors", seen > 0, f"of {seen:,} of {len(processes):,} processes")
    spaces = sample.namespaces
    for what in ("counters", "sockstat", "sysctls", "conntrack"):
        count = sum(len(getattr(space, what)) for space in spaces)
        yield Ability(what, count > 0, f"{count:,} values in {len(spaces):,} network namespaces")
    limits = asdict(sample.limits)
    known = [name for name, value in limits.items() if value is not None]
    yield Ability("host limits", len(known) == len(limits), " ".join(known))


def _yes(fact: int | None) -> str:
    return "cannot tell" if fact is None else "yes" if fact else "no"


def _cost_text(cpu: float | None, wall: float | None, rss: int | None) -> str:
    parts = []
    if cpu is not None:
        parts.append(f"{cpu:.3f} s CPU")
    if wall is not None:
        parts.append(f"{wall:.3f} s")
    if rss is not None:
        parts.append(f"{rss / 1024**2:.0f} MiB")
    return ", ".join(parts) or "not known"
