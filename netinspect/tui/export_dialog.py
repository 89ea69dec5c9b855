"""The question before a file is written: in which format, under which name, redacted or not."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from netinspect.errors import NetinspectError
from netinspect.humanize import counted_text
from netinspect.tui.choice import Choice
from netinspect.tui.exporting import Exporting, FileExistsAlready, Wish

if TYPE_CHECKING:
    from netinspect.parts import Report

_REDACT = ("no", "yes")


class ExportDialog(ModalScreen[None]):
    """Writes a Report as the user wishes; stays until that has worked or is given up."""

    DEFAULT_CSS = """
    ExportDialog { align: center middle; }
    ExportDialog > Vertical {
        width: 90%;
        max-width: 76;
        height: auto;
        border: round $foreground;
        padding: 0 1;
        background: $surface;
    }
    ExportDialog Horizontal { height: 1; }
    ExportDialog Horizontal > Static { width: 7; margin: 0 1 0 0; }
    ExportDialog Input { width: 1fr; }
    ExportDialog #what { color: $text-muted; margin: 1 0 0 0; }
    ExportDialog #said { height: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "write", "write it", id="export.write"),
        Binding("escape", "cancel", "cancel", key_display="esc", id="export.cancel"),
        Binding("tab,down", "app.focus_next", "next", show=False, id="export.next"),
        Binding("shift+tab,up", "app.focus_previous", "previous", show=False, id="export.back"),
    ]

    @dataclass
    class Outcome(Message):
        """The file is written, or is not. path: where it is. error: why it is not."""

        dialog: ExportDialog
        wish: Wish
        path: str
        explanations: int
        error: NetinspectError | None = None

        @property
        def text(self) -> str:
            """Say what was written and where."""
            attached = counted_text(self.explanations, "explanation")
            redacted = ", redacted" if self.wish.redact else ""
            return f"written to {self.path}, {attached} attached{redacted}"

    def __init__(
        self,
        exporting: Exporting,
        report: Report,
        tell: Callable[[Outcome], object],
        last: Wish | None = None,
    ) -> None:
        """Ask about a Report.

        tell: gets the outcome, from any thread, also after the dialog is closed. last: what was
        written the last time.
        """
        super().__init__()
        self._exporting = exporting
        self._report = report
        self._tell = tell
        form = last.form if last else exporting.formats[0]
        self._form = Choice(exporting.formats, form, id="form")
        self._redact = Choice(_REDACT, _REDACT[bool(last and last.redact)], id="redact")
        self._suggested = self._suggest()
        self._file = Input(self._suggested, compact=True, select_on_focus=False, id="name")
        self._file.cursor_blink = False  # it would write to the terminal for ever
        self._said = Static("", markup=False, id="said")
        self._there = ""  # the name of a file that the next enter replaces
        self._writing = False

    def compose(self) -> ComposeResult:
        """Lay out the questions, what the file would hold, and what went wrong."""
        with Vertical() as box:
            box.border_title = "Export"
            box.border_subtitle = "enter write  esc cancel"
            for title, widget in (
                ("Format", self._form),
                ("Name", self._file),
                ("Redact", self._redact),
            ):
                with Horizontal():
                    yield Static(title)
                    yield widget
            yield Static(held_text(self._report), markup=False, id="what")
            yield self._said

    @on(Choice.Changed)
    def follow(self) -> None:
        """Let the name follow format and redaction, as far as the user left it alone."""
        before, self._suggested = self._suggested, self._suggest()
        name, suffix = self._file.value, _suffix(before)
        if name == before:
            self._file.value = self._suggested
        elif name.endswith(suffix):
            self._file.value = name.removesuffix(suffix) + _suffix(self._suggested)

    @on(Input.Changed)
    def think_again(self) -> None:
        """Take back what was said of another name."""
        self._there = ""
        self._say("")

    @on(Input.Submitted)
    def action_write(self) -> None:
        """Write the file, away from the keys: a disk may be slow."""
        if self._writing:
            return
        name = self._file.value.strip()
        wish = Wish(
            self._form.chosen, name, self._redacts, replace=bool(name) and name == self._there
        )
        self._writing = True
        self._say("writing …")
        # A daemon: a write that hangs in a dead mount must not keep the user from leaving.
        work = threading.Thread(target=self._write, args=(wish,), name="netinspect-export")
        work.daemon = True
        work.start()

    def action_cancel(self) -> None:
        """Go back; a file that is being written is written all the same."""
        self.dismiss()

    def end(self, outcome: Outcome) -> None:
        """Close, or say what went wrong and let the user choose otherwise."""
        self._writing = False
        error = outcome.error
        if error is None:
            self.dismiss()
            return
        if isinstance(error, FileExistsAlready):
            self._there = outcome.wish.name
        self._say(": ".join(filter(None, (error.message, error.hint))))

    @property
    def _redacts(self) -> bool:
        return self._redact.chosen == _REDACT[True]

    def _suggest(self) -> str:
        return self._exporting.suggest(self._report, self._form.chosen, redact=self._redacts)

    def _say(self, text: str) -> None:
        self._said.update(text)

    def _write(self, wish: Wish) -> None:
        error, path = None, ""
        try:
            path = self._exporting.write(self._report, wish)
        except NetinspectError as known:
            error = known
        except Exception as unknown:
            # The boundary: whatever a format fails on, the screen lives on and says why.
            error = NetinspectError(f"{type(unknown).__name__}: {unknown}")
        explanations = len(self._report.explanations)
        self._tell(self.Outcome(self, wish, path, explanations, error))


def held_text(report: Report) -> str:
    """Say of which host and moment a file would be, and how much it would hold."""
    taken = time.strftime("%H:%M:%S", time.localtime(report.taken_at))
    window, total = report.window, report.coverage.sockets
    chosen = int(window.selected.sum())
    sockets = counted_text(total, "socket")
    if chosen < total:
        sockets = f"{chosen:,} of {sockets}"
    attached = counted_text(len(report.explanations), "explanation")
    return f"{report.host.name} at {taken}: {sockets}, {attached} attached"


def _suffix(name: str) -> str:
    return "." + name.rpartition(".")[2]
