"""A child process and the pipes to it: bytes in, lines out, and why it ended."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import IO

from netinspect.errors import SourceError

_KEPT_ERRORS = 4096
_KEPT_COMMANDS = 1 << 17
_GRACE_SECONDS = 1.0
_MISSING_HINT = "install it, or run netinspect as root"
_ENVIRONMENT = {"MALLOC_MMAP_THRESHOLD_": str(1 << 20)}
"""Has glibc give back a large dump at once; by itself it learns to keep room for the next one."""


class ChildPipe:
    """Runs a command; one thread receives, any thread may send and close.

    hint: what to do when the command cannot be started or ends.
    """

    def __init__(self, command: Sequence[str], hint: str | None = None) -> None:
        self._name = command[0]
        self._hint = hint
        self._errors = b""
        self._unsent = b""
        self._sending = threading.Lock()
        self._receiving = threading.Lock()
        self._closing = threading.Lock()
        self._closed = False
        self._process = self._start(command)
        self._wake_end, self._wake = os.pipe()
        self._files = _pipe_ends(self._process)
        self._input, self._output, self._stderr = (file.fileno() for file in self._files)
        os.set_blocking(self._input, False)
        self._poll = select.poll()
        for fd in (self._output, self._stderr, self._wake_end):
            self._poll.register(fd, select.POLLIN)

    @property
    def pid(self) -> int:
        """Pid of the command."""
        return self._process.pid

    def receive_into(self, view: memoryview) -> int:
        """Wait for bytes and return how many came.

        Raises SourceError when the command has ended or `close` was called.
        """
        with self._receiving:
            self._wait()
            size = os.readv(self._output, [view])
            if size == 0:
                raise SourceError(f"the probe ended: {self._reason()}", self._hint)
            return size

    def send(self, line: bytes) -> None:
        """Send a line; never blocks. To a command that has ended it does nothing."""
        with self._sending:
            if self._closed or len(self._unsent) > _KEPT_COMMANDS:
                return
            self._unsent += line
            try:
                self._unsent = self._unsent[os.write(self._input, self._unsent) :]
            except BlockingIOError:
                return  # goes with the next line
            except BrokenPipeError:
                self._unsent = b""  # receiving will tell why

    def close(self) -> None:
        """End the command and wake a thread that receives."""
        with self._closing:
            if self._closed:
                return
            with self._sending:
                self._closed = True
                os.write(self._wake, b"\0")
                self._files[0].close()
            with self._receiving:
                self._files[1].close()
                self._files[2].close()
            self._end()
            os.close(self._wake)
            os.close(self._wake_end)

    def _start(self, command: Sequence[str]) -> subprocess.Popen[bytes]:
        pipe = subprocess.PIPE
        try:
            return subprocess.Popen(
                command,
                stdin=pipe,
                stdout=pipe,
                stderr=pipe,
                bufsize=0,
                cwd="/",
                env={**os.environ, **_ENVIRONMENT},
            )
        except FileNotFoundError as error:
            raise SourceError(f"{self._name} is not installed", _MISSING_HINT) from error
        except OSError as error:
            message = f"the probe ({self._name}) cannot be started: {error.strerror}"
            raise SourceError(message, self._hint) from error

    def _wait(self) -> None:
        """Wait until the output has something; keeps what comes on standard error meanwhile."""
        while True:
            if self._closed:
                raise SourceError("the source was closed")
            ready = {fd for fd, _ in self._poll.poll()}
            if self._stderr in ready and not self._keep_errors():
                self._poll.unregister(self._stderr)
            if self._output in ready and self._wake_end not in ready:
                return

    def _keep_errors(self) -> bool:
        """Keep the end of what is on standard error; False when that is closed."""
        received = os.read(self._stderr, _KEPT_ERRORS)
        self._errors = (self._errors + received)[-_KEPT_ERRORS:]
        return bool(received)

    def _reason(self) -> str:
        """Say why the command ended: its last words, or else how it ended."""
        try:
            code = self._process.wait(_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            return "it closed its output"
        os.set_blocking(self._stderr, False)
        with suppress(BlockingIOError):  # something it left behind may still hold standard error
            while self._keep_errors():
                pass
        if code < 0:
            return f"killed by {_signal_name(-code)}"
        lines = self._errors.decode("utf-8", "replace").strip().splitlines()
        return lines[-1].strip() if lines else f"exit code {code}"

    def _end(self) -> None:
        for end in (self._process.terminate, self._process.kill):
            with suppress(PermissionError):  # under sudo it is root's, and ends with its input
                end()
            try:
                self._process.wait(_GRACE_SECONDS)
                return
            except subprocess.TimeoutExpired:
                continue


def _pipe_ends(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes], IO[bytes]]:
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    return process.stdin, process.stdout, process.stderr


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
