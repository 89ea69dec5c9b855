"""Programs of a test's own in a namespace: a few lines of Python in a process of their own.

A script has `os`, `socket`, `resource` and two functions: say(value) tells the test something,
hear() waits for a line from it. It is killed at the end.
"""

from __future__ import annotations

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

Program = subprocess.Popen[str]


@contextmanager
def run_script(
    namespace: Namespace, script: str, *, command: Sequence[str] = (sys.executable,)
) -> Iterator[tuple[Program, str]]:
    """Run a script until the block ends; yields its process and the first thing it said."""
    code = _HEAD + textwrap.dedent(script)
    pipe = subprocess.PIPE
    program = subprocess.Popen(
        [*namespace.prefix, *command, "-c", code], stdin=pipe, stdout=pipe, text=True
    )
    with program:
        try:
            yield program, hear(program)
        finally:
            program.kill()


def hear(program: Program) -> str:
    """Wait for the next thing the script says; it must say something."""
    assert program.stdout is not None
    line = program.stdout.readline().strip()
    assert line, "the script ended"
    return line


def tell(program: Program, text: str = "") -> None:
    """Say a line to the script."""
    assert program.stdin is not None
    program.stdin.write(text + "\n")
    program.stdin.flush()
