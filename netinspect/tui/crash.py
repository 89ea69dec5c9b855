"""What is left of a defect when it ends the screen: one line, no dump of the host's data.

Textual prints a traceback with the values of all variables, and ends with exit code 0 unless asked.
"""

from __future__ import annotations

import traceback
from pathlib import PurePath

from textual.app import App

from netinspect.humanize import safe_text


class CrashReporting(App[None]):
    """Keeps the first exception that ended the app, in `crash`."""

    crash: str | None = None

    def _fatal_error(self) -> None:  # of Textual 8: prints the traceback
        self._close_messages_no_wait()

    def _handle_exception(self, error: Exception) -> None:
        self.crash = self.crash or describe_crash(error)
        super()._handle_exception(error)


def describe_crash(error: BaseException) -> str:
    """Say what happened and where, e.g. "KeyError: 'pid' (desk.py:88)"."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" ({PurePath(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    return safe_text(f"{type(error).__name__}: {error}") + where
