"""The line in which a filter is typed: it takes effect while one types."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input, Static

from netinspect.errors import FilterError, UsageError
from netinspect.tui.filter_history import FilterHistory
from netinspect.tui.filter_words import FilterWords
from netinspect.tui.line import Line, Part

if TYPE_CHECKING:
    from netinspect.model import Sample
    from netinspect.parts import Report

_NAMED = ("process", "unit", "container", "user")
_PAUSE = 0.15  # seconds without a key after which the filter is tried
_SIGN = 2  # cells before the text, without the one that a Line begins with
_ROOMY = 20  # rows of the terminal from which on an error has a line of its own
_WIDE = 80  # cells from which on there is room for a count
_EXAMPLE = "state established and rtt > 200ms · process java* · dst 10.0.0.0/8 · port 80,443 · …"


class FilterInput(Input):
    """The text itself."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,tab", "submit", "keep filter", key_display="enter", id="filter.keep"),
    ]


class FilterBar(Container):
    """Tells the filter once it means something; until then, why it does not."""

    DEFAULT_CSS = """
    FilterBar { height: auto; display: none; }
    FilterBar > Horizontal { height: 1; }
    FilterBar Static { width: 3; text-style: bold; }
    FilterBar Input { width: 1fr; }
    FilterBar > Line { display: none; }
    FilterBar #filter-count { width: 26; }
    FilterBar.-narrow #filter-count { display: none; }
    FilterBar.-tight { layout: horizontal; height: 1; }
    FilterBar.-tight > Horizontal { width: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "clear", "no filter", key_display="esc", id="filter.clear"),
        Binding("up", "older", "earlier filter", show=False, id="filter.older"),
        Binding("down", "newer", "later filter", show=False, id="filter.newer"),
    ]

    @dataclass
    class Changed(Message):
        """Another filter is wanted; "" for none."""

        text: str

    @dataclass
    class Closed(Message):
        """The keys are free again."""

    def __init__(self, history: FilterHistory | None = None) -> None:
        super().__init__(id="filter")
        self._history = history or FilterHistory()
        self._sample: Sample | None = None
        self._input = FilterInput(
            placeholder=_EXAMPLE,
            compact=True,
            select_on_focus=False,
            suggester=FilterWords(self._names),
        )
        self._input.cursor_blink = False  # it would write to the terminal for ever
        self._count = Line(id="filter-count")
        self._error = Line(id="filter-error")
        self._told = ""
        self._wrong: UsageError | None = None
        self._timer: Timer | None = None

    def compose(self) -> ComposeResult:
        """Put the sign, the text and how much it selects on one line, what is wrong below."""
        with Horizontal():
            yield Static(" /")
            yield self._input
            yield self._count
        yield self._error

    def on_mount(self) -> None:
        """Keep the sign below its place when the text moves."""
        self.watch(self._input, "scroll_x", self._show_error, init=False)

    def open(self, text: str) -> None:
        """Take the keys and edit this filter."""
        self._history.begin()
        self._told = text
        self._write(text)
        self.set_class(self.app.size.width < _WIDE, "-narrow")
        self.display = True
        self._input.focus()

    def take_report(self, report: Report) -> None:
        """Show how many sockets the filter selects, and offer the names that are there now."""
        self._sample = report.window.now
        count, total = int(report.window.selected.sum()), report.coverage.sockets
        if count > total:  # unix sockets are among them
            total = len(report.window.now.sockets)
        words = [Part(f"{count:,} of {total:,} sockets", "muted")] if self._told else []
        self._count.show([], words)

    def action_clear(self) -> None:
        """Have no filter."""
        self._input.value = ""
        self._keep()

    def action_older(self) -> None:
        """Show the filter that was kept before."""
        text = self._history.older(self._input.value)
        if text is not None:
            self._write(text)

    def action_newer(self) -> None:
        """Show the filter that was kept after; behind the newest, keep what is there."""
        text = self._history.newer()
        if text is None:
            self._keep()
        else:
            self._write(text)

    @on(Input.Changed)
    def wait(self, event: Input.Changed) -> None:
        """Try the filter when the typing pauses."""
        event.stop()
        self._stop_waiting()
        self._timer = self.set_timer(_PAUSE, self._tell)

    @on(Input.Submitted)
    def keep(self, event: Input.Submitted) -> None:
        """Close the line unless something is wrong with the filter."""
        event.stop()
        self._keep()

    def _write(self, text: str) -> None:
        self._input.value = text
        self._input.cursor_position = len(text)

    def _names(self, field: str) -> set[str]:
        """Return the names that processes have in a field now."""
        if self._sample is None or field not in _NAMED:
            return set()
        attribute = "name" if field == "process" else field
        names = {getattr(p, attribute) for p in self._sample.processes.values()}
        return {name for name in names if name and " " not in name}

    def _keep(self) -> None:
        self._stop_waiting()
        if self._tell():
            self._history.add(self._told)
            self.display = False
            self.post_message(self.Closed())

    def _tell(self) -> bool:
        """Hand on a filter that means something; tell whether it does."""
        from netinspect.query import parse_query

        text = self._input.value.strip()
        try:
            parse_query(text)
        except UsageError as error:
            self._wrong = error
            self._show_error()
            return False
        self._wrong = None
        self._error.display = False
        if text != self._told:
            self._told = text
            self._count.show([])
            self.post_message(self.Changed(text))
        return True

    def _show_error(self) -> None:
        error = self._wrong
        if error is None:
            return
        tight = self.app.size.height < _ROOMY
        self.set_class(tight, "-tight")
        message = error.message.removeprefix("filter: ")
        parts = [Part(message if tight else self._pointing(message, error), "warning")]
        if isinstance(error, FilterError) and error.text != self._input.value.strip():
            parts.append(Part(f"in `{error.text}`", "plain", 1))
        if error.hint:
            parts.append(Part(error.hint, "muted", 2))
        self._error.show(parts)
        self._error.display = True

    def _pointing(self, message: str, error: UsageError) -> str:
        """Put the message beside a sign that stands below the place."""
        typed = self._input.value
        if not isinstance(error, FilterError) or error.text != typed.strip():
            return message
        before = typed[: error.at + len(typed) - len(typed.lstrip())]
        column = cell_len(before) - int(self._input.scroll_offset.x) + _SIGN
        sign = "^" * max(1, cell_len(error.text[error.at : error.at + error.width]))
        if column > len(message) and column + len(sign) + len(message) >= self.size.width:
            return f"{message:>{column - 1}} {sign}"
        return f"{'':{max(column, 0)}}{sign} {message}"

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
