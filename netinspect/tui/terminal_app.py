"""How the app gets on with its terminal: colours, signals, job control, a defect's last line."""

from __future__ import annotations

import asyncio
import signal
import traceback
from pathlib import PurePath

from textual import constants
from textual.app import App
from textual.binding import Binding

from netinspect.humanize import safe_text


class TerminalApp(App[None]):
    """Gives the terminal back, however it ends.

    crash: the first exception that ended it, in one line. Textual would print a traceback with the
    values of all variables: data of the host.
    """

    def __init__(self, driver_class: type | None = None) -> None:
        super().__init__(driver_class=driver_class, ansi_color=True)
        if constants.DEFAULT_THEME == "textual-dark":  # the user asked for no other
            self.theme = "ansi-dark"
        self.animation_level = "none"
        self.crash: str | None = None

    def mind_the_terminal(self) -> None:
        """End on signals as on `q`, and paint all when the program goes on after a stop."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self.exit)
        self.app_resume_signal.subscribe(self, self._paint_all)

    def get_key_display(self, binding: Binding) -> str:
        """Name keys in ASCII."""
        return binding.key_display or binding.key

    def _paint_all(self, _: object) -> None:
        # What was on the terminal before the program was stopped is gone.
        self.refresh(layout=True)

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
