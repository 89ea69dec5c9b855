"""How many threads a server keeps for one port, as far as their names tell."""

from __future__ import annotations

from netinspect.model import Process


def count_pool_threads(process: Process | None, port: int) -> int | None:
    """Count the threads that work for a port; None where names do not tell.

    Tomcat calls them "http-nio-8080-exec-1"; the kernel keeps 15 bytes of it: "http-nio-8080-e".
    """
    names = process.thread_names if process else None
    if names is None:
        return None
    return sum(count for name, count in names.items() if f"-{port}-e" in name) or None
