"""Which server or language runtime a process is, from what it is called and how it was started."""

from __future__ import annotations

import re
from collections.abc import Mapping

from netinspect.model import Process

_BY_NAME: Mapping[str, str] = {
    "java": "java",
    "nginx": "nginx",
    "haproxy": "haproxy",
    "envoy": "envoy",
    "node": "node",
    "nodejs": "node",
    "dotnet": "dotnet",
    "postgres": "postgresql",
    "postmaster": "postgresql",
    "redis-server": "redis",
    "sshd": "sshd",
    "gunicorn": "gunicorn",
    "uvicorn": "uvicorn",
    # Go leaves no sign in /proc: these are well-known programs written in it.
    **dict.fromkeys(
        ("caddy", "consul", "containerd", "coredns", "dockerd", "etcd", "grafana", "kubelet"), "go"
    ),
    **dict.fromkeys(("minio", "nomad", "prometheus", "traefik", "vault", "victoria-metrics"), "go"),
}
_PYTHON = re.compile(r"^(python|pypy)[\d.]*$")
_PYTHON_SERVERS = ("gunicorn", "uvicorn")
_TOMCAT = "org.apache.catalina.startup.Bootstrap"

RUNTIMES = (
    *("tomcat", "java", "nginx", "haproxy", "envoy", "go", "node", "gunicorn", "uvicorn"),
    *("python", "dotnet", "postgresql", "redis", "sshd"),
)
"""All runtimes an explanation may have a part for."""


def find_runtime(process: Process | None) -> str | None:
    """Return one of RUNTIMES; None where nothing tells."""
    if process is None:
        return None
    for name in (_base_name(process.exe), process.name, process.comm.partition(":")[0]):
        if name and (known := _named(name)):
            return _refined(known, process)
    return None


def is_known_program(name: str) -> bool:
    """Tell whether a program has this name whose runtime is known by that."""
    return _named(name) is not None


def runtime_family(runtime: str) -> tuple[str, ...]:
    """Return the runtime and what it is built on: tomcat is java, gunicorn is python."""
    base = {"tomcat": "java", "gunicorn": "python", "uvicorn": "python"}.get(runtime)
    return (runtime, base) if base else (runtime,)


def _base_name(exe: str | None) -> str:
    return (exe or "").removesuffix(" (deleted)").rpartition("/")[2]


def _named(name: str) -> str | None:
    return "python" if _PYTHON.match(name) else _BY_NAME.get(name)


def _refined(runtime: str, process: Process) -> str:
    words = process.cmdline or ()
    if runtime == "java" and _TOMCAT in words:
        return "tomcat"
    if runtime == "python":
        started = {word.rpartition("/")[2] for word in words[1:4]}
        return next((server for server in _PYTHON_SERVERS if server in started), runtime)
    return runtime
