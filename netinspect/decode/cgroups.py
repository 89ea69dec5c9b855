"""What a cgroup path says: systemd unit and container.

Sources: cgroups(7), systemd.unit(5), and the paths that container runtimes make.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from netinspect.humanize import safe_text

_ID = "[0-9a-f]{64}"
_SHORT_ID = 12
_LONGEST = 8192
# docker-ID.scope, libpod-ID.scope, cri-containerd-ID.scope, crio-ID.scope, nerdctl-ID.scope; and
# "slice:runtime:ID", which a kubelet with another cgroup driver than its runtime makes
_CONTAINER_SCOPE = re.compile(rf"(?:(?P<runtime>[\w.-]+)-)?(?P<id>{_ID})(?:\.scope)?")
_COLON_FORM = re.compile(rf"[^:]+:[^:]+:(?P<id>{_ID})")
_TASK_ID = re.compile(r"(?P<id>[0-9a-f]{32}-[0-9]+)")  # ECS on Fargate
_MACHINE = re.compile(r"machine-(?P<id>.+)\.scope")
_LXC = re.compile(r"lxc\.payload\.(?P<id>.+)")
_ESCAPE = re.compile(r"\\x([0-9a-f]{2})")
_USER_MANAGER = re.compile(r"user@\d+\.service")
_UNIT_SUFFIXES = (".service", ".scope")


class Place(NamedTuple):
    """Where a process runs; safe to print."""

    path: str | None = None
    unit: str | None = None
    container: str | None = None


def parse_cgroup(raw: bytes) -> Place:
    """Parse /proc/PID/cgroup, lines such as "0::/system.slice/nginx.service"."""
    return _parse_cgroup(raw[:_LONGEST])


@lru_cache(maxsize=1024)
def _parse_cgroup(raw: bytes) -> Place:
    text = raw.decode("utf-8", "surrogateescape")
    paths = _paths(text)
    path = paths.get("name=systemd")
    if path in (None, "/"):
        path = paths.get("", path)
    if path is None:
        return Place(container=_find_container(paths))
    parts = _parts(path)
    unit, container = _unit(parts), _container(parts) or _find_container(paths)
    return Place(safe_text(path), _safe(unit), _safe(container))


def _paths(text: str) -> dict[str, str]:
    """Return the path of each hierarchy by its controllers; "" is the unified one."""
    fields = (line.split(":", 2) for line in text.splitlines())
    return {field[1]: field[2] for field in fields if len(field) == 3 and field[2]}


def _parts(path: str) -> list[str]:
    # "/../" leads out of the cgroup namespace of the reader
    return [part for part in path.split("/") if part not in ("", "..")]


def _unit(parts: list[str]) -> str | None:
    units = [part.removeprefix("_") for part in parts if part.endswith(_UNIT_SUFFIXES)]
    if len(units) > 1 and _USER_MANAGER.fullmatch(units[0]) and units[1] != "init.scope":
        return units[1]
    return units[0] if units else None


def _find_container(paths: dict[str, str]) -> str | None:
    """Look in every hierarchy of cgroup v1: some runtimes leave the one of systemd alone."""
    found = (_container(_parts(path)) for path in paths.values())
    return next((container for container in found if container), None)


def _container(parts: list[str]) -> str | None:
    """Return the innermost container's short id, or its name where the path has that."""
    found = (_container_of(part, before) for before, part in pairwise(["", *parts]))
    named = [container for container in found if container]
    return named[-1] if named else None


def _container_of(part: str, before: str) -> str | None:
    scope = _CONTAINER_SCOPE.fullmatch(part) or _COLON_FORM.fullmatch(part)
    if scope:
        # conmon watches over a container of podman or CRI-O and is not in it
        monitor = (scope.groupdict().get("runtime") or "").endswith("conmon")
        return None if monitor else scope["id"][:_SHORT_ID]
    if task := _TASK_ID.fullmatch(part):
        return task["id"][:_SHORT_ID]
    if named := _MACHINE.fullmatch(part) or _LXC.fullmatch(part):
        return _unescape(named["id"])
    return part if before == "lxc" else None


def _unescape(name: str) -> str:
    r"""Undo systemd's escapes: "qemu\x2d1\x2dvm" is qemu-1-vm."""
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16)), name)


def _safe(text: str | None) -> str | None:
    return None if text is None else safe_text(text, 256)
