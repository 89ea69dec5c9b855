"""Programs of a test's own in a namespace: a few lines of Python in a process of their own.

A script has `os`, `socket`, `resource` and two functions: say(value) tells the test something,
hear() waits for a line from it. It is killed at the end.
"""

from __future__ import annotations

import os
import select
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tests.lab.netns import Namespace

_HEAD = """\
import os, resource, socket, sys
def say(value):
    print(value, flush=True)
def hear():
    return sys.stdin.readline()
"""

Program = subprocess.Popen[bytes]
_SECONDS = 20


@contextmanager
def run_script(
    namespace: Namespace, script: str, *, command: Sequence[str] = (sys.executable,)
) -> Iterator[tuple[Program, str]]:
    """Run a script until the block ends; yields its process and the first thing it said."""
    code = _HEAD + textwrap.dedent(script)
    pipe = subprocess.PIPE
    program = subprocess.Popen(
        [*namespace.prefix, *command, "-c", code], stdin=pipe, stdout=pipe, bufsize=0
    )
    with program:
        try:
            yield program, hear(program)
        finally:
            program.kill()


def hear(program: Program) -> str:
    """Wait for the next line the script says; it must say something in time."""
    assert program.stdout is not None
    line = b""
    while not line.endswith(b"\n"):
        assert select.select([program.stdout], [], [], _SECONDS)[0], "the script says nothing"
        byte = os.read(program.stdout.fileno(), 1)
        assert byte, "the script ended"
        line += byte
    return line.decode().strip()


def tell(program: Program, text: str = "") -> None:
    """Say a line to the script."""
    assert program.stdin is not None
    program.stdin.write(text.encode() + b"\n")
