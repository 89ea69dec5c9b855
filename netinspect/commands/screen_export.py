"""Files that the screen writes: named after host and moment, in the working directory."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from netinspect.commands.redaction import new_redactor
from netinspect.commands.whole_report import FORMATS, TO_READ, build_whole_report, find_exporter
from netinspect.errors import NetinspectError
from netinspect.tui.exporting import FileExistsAlready, Wish

if TYPE_CHECKING:
    from netinspect.model import Window
    from netinspect.parts import Report
    from netinspect.redaction import Redactor

_SUFFIXES = {"text": "txt"}
_LONGEST = 200


class ScreenExport:
    """Writes the moment that is on screen, whole; redacted files of one run agree."""

    formats: tuple[str, ...] = FORMATS

    def suggest(self, report: Report, form: str, *, redact: bool) -> str:
        """Name a file after the host, or after its pseudonym, and the moment."""
        host = self._redactor.rename_host(report.host.name) if redact else report.host.name
        taken = time.strftime("%Y%m%d-%H%M%S", time.localtime(report.taken_at))
        host = host.replace("/", "_")[:_LONGEST]
        return f"netinspect-{host}-{taken}.{_SUFFIXES.get(form, form)}"

    def write(self, report: Report, wish: Wish) -> str:
        """Write a file and return its whole path. Raises NetinspectError."""
        from netinspect.commands.output import write_file
        from netinspect.parts import Paper

        if not wish.name:
            raise NetinspectError("the file needs a name")
        path = os.path.abspath(os.path.expanduser(wish.name))
        if not wish.replace and os.path.isfile(path):
            raise FileExistsAlready(f"{wish.name} is there already", "enter again to replace it")
        window = report.window if wish.form in TO_READ else with_unix_sockets(report.window)
        redactor = self._redactor if wish.redact else None
        whole = build_whole_report(window, wish.form, report.explanations, redactor)
        write_file(path, find_exporter(wish.form).write(whole, Paper()))
        return path

    @cached_property
    def _redactor(self) -> Redactor:
        return new_redactor()


def with_unix_sockets(window: Window) -> Window:
    """Select unix sockets, too, where nothing but them is left out."""
    from netinspect.model import Proto

    unix = window.now.sockets.proto == Proto.UNIX
    everything = window.selected | unix
    return replace(window, selected=everything) if everything.all() else window
