"""Real programs in trouble, and `netinspect explain` beside them, in one namespace.

with run_java(inside, classes, "connect", "127.0.0.1", "80") as (jvm, trace):
    error = explain(inside, trace, "--pid", str(jvm.pid))
"""

from __future__ import annotations

import json
import os
import select
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.commands.cli import run
from tests.lab.netns import Namespace
from tests.lab.scripts import Program

_SOURCES = Path(__file__).with_name("java")
_SECONDS = 25.0
_END = "so it is"
_SMALL = ("-Xmx48m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto")


def compile_java(source: str, folder: Path, *, classpath: str = "") -> Path:
    """Compile a program of `java/` into a folder; returns the folder."""
    words = ["javac", "-nowarn", "-d", str(folder), str(_SOURCES / source)]
    subprocess.run(words + (["-cp", classpath] if classpath else []), check=True, timeout=60)
    return folder


@contextmanager
def run_java(
    namespace: Namespace, classes: Path, *words: str, descriptors: int | None = None
) -> Iterator[tuple[Program, str]]:
    """Run Trouble until the block ends; yields its process and its first stack trace.

    descriptors: its limit, soft and hard, as a JVM raises the soft one by itself.
    """
    limit = ["prlimit", f"--nofile={descriptors}:{descriptors}"] if descriptors else []
    command = [*limit, "java", *_SMALL, "-cp", str(classes), "Trouble", *words]
    with run_program(namespace, command) as program:
        yield program, read_until(program, _END)


@contextmanager
def run_program(namespace: Namespace, command: Sequence[str], **options: Any) -> Iterator[Program]:
    """Run a program until the block ends; its standard output can be read."""
    pipe = subprocess.PIPE
    program = subprocess.Popen(
        [*namespace.prefix, *command], stdin=pipe, stdout=pipe, bufsize=0, **options
    )
    with program:
        try:
            yield program
        finally:
            program.kill()


def read_until(program: Program, end: str) -> str:
    """Return all the program writes up to a line; it must write it in time."""
    assert program.stdout is not None
    text = b""
    while not text.endswith(f"{end}\n".encode()):
        assert select.select([program.stdout], [], [], _SECONDS)[0], f"only: {text!r}"
        piece = os.read(program.stdout.fileno(), 1)
        assert piece, f"ended after: {text!r}"
        text += piece
    return text.decode().removesuffix(f"{end}\n")


def explain(namespace: Namespace, text: str, *words: str) -> dict[str, Any]:
    """Explain a text in a namespace; returns the error that was found in it."""
    done = run(
        *("explain", "-", "--format", "json", "--samples", "5", "--interval", "0.4", *words),
        prefix=namespace.prefix,
        input=text,
    )
    assert done.returncode == 0, done.stderr
    (error,) = json.loads(done.stdout)["errors"]
    assert isinstance(error, dict)
    return error


def first_cause(error: dict[str, Any], code: str) -> dict[str, Any]:
    """Return the cause that is ranked first; it must be this one, and found here."""
    ranked = [(cause["code"], cause["verdict"]) for cause in error["causes"]]
    assert ranked, error
    assert ranked[0] == (code, "found"), ranked
    cause = error["causes"][0]
    assert cause["for"]
    assert isinstance(cause, dict)
    return cause


def found_causes(error: dict[str, Any]) -> set[str]:
    """Return the codes of the causes that were found here."""
    return {cause["code"] for cause in error["causes"] if cause["verdict"] == "found"}


def evidence_of(cause: dict[str, Any]) -> dict[str, Any]:
    """Return the numbers of its first finding by name."""
    return {one["name"]: one["value"] for one in cause["for"][0]["evidence"]}
