"""Lines as programs wrote them, and what is to be read in them: lines.tsv.

Those of CPython 3.11, Node 20, JDK 17, Go, curl, ssh, bash, nginx 1.22 and HAProxy 2.6 come from
runs of these; the others are as the programs' own documents give them.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple


class Line(NamedTuple):
    """One line and what it tells; an error of None = nothing.

    towards: address and port, or what a proxy calls it.
    """

    error: str | None
    towards: str | None
    pid: int | None
    runtime: str | None
    text: str


def _parse(line: str) -> Line:
    error, towards, pid, runtime, text = line.split("\t", 4)
    known = [None if value == "-" else value for value in (error, towards, runtime)]
    return Line(known[0], known[1], None if pid == "-" else int(pid), known[2], text)


LINES = tuple(map(_parse, Path(__file__).with_name("lines.tsv").read_text().splitlines()))
