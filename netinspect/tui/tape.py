"""The recording that runs while the screen shows something: every Sample goes to a file."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from textual.message import Message

from netinspect.errors import NetinspectError
from netinspect.tui.messages import TapeMoved

if TYPE_CHECKING:
    from netinspect.recording.timeline import Moment


class Recorder(Protocol):
    """Writes moments to a file. Each method raises RecordingError.

    note: what had to be done to the file.
    """

    note: str | None

    @property
    def size(self) -> int:
        """Bytes written so far."""

    def append(self, moment: Moment) -> None:
        """Write one more moment."""

    def close(self) -> None:
        """Write what is held back and close the file."""


class Tape:
    """Holds at most one Recorder; one that fails is closed and told of, nothing else happens.

    post: hands a message to the screen. All methods may wait for the disk.
    """

    def __init__(self, post: Callable[[Message], object]) -> None:
        self._post = post
        self._lock = threading.Lock()
        self._recorder: Recorder | None = None
        self._name = ""
        self._began = 0.0

    def start(self, name: str, open_file: Callable[[str], Recorder]) -> None:
        """Begin to write to a file."""
        with self._lock:
            if self._recorder is None:
                self._name, self._began = name, time.monotonic()
                self._try(lambda: self._open(open_file))

    def append(self, moment: Moment) -> None:
        """Write one more moment, if a file is open."""
        with self._lock:
            recorder = self._recorder
            if recorder is not None and self._try(lambda: recorder.append(moment)):
                self._post(TapeMoved(self._name, self._began, recorder.size))

    def stop(self) -> None:
        """Close the file."""
        with self._lock:
            recorder, self._recorder = self._recorder, None
            if recorder is not None and self._try(recorder.close):
                self._post(TapeMoved(None, self._began, recorder.size))

    def _open(self, open_file: Callable[[str], Recorder]) -> None:
        self._recorder = open_file(self._name)
        recorder = self._recorder
        self._post(TapeMoved(self._name, self._began, recorder.size, note=recorder.note))

    def _try(self, step: Callable[[], None]) -> bool:
        """Run a step; when it fails, give the file up and tell why."""
        try:
            step()
        except (NetinspectError, OSError) as error:
            recorder, self._recorder = self._recorder, None
            if recorder is not None:
                with suppress(NetinspectError, OSError):  # the first failure is the one to tell
                    recorder.close()
            hint = error.hint if isinstance(error, NetinspectError) else None
            self._post(TapeMoved(None, failure=" · ".join(filter(None, (str(error), hint)))))
            return False
        return True
