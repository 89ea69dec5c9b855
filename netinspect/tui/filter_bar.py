"""The line in which a filter is typed: it takes effect while one types."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input, Static

from netinspect.errors import UsageError
from netinspect.tui.filter_words import FilterWords
from netinspect.tui.line import Line, Part

if TYPE_CHECKING:
    from netinspect.model import Sample

_NAMED = ("process", "unit", "container", "user")
_PAUSE = 0.15  # seconds without a key after which the filter is tried
_EXAMPLE = "state established and rtt > 200ms · process java* · dst 10.0.0.0/8 · port 80,443 · …"


class FilterInput(Input):
    """The text itself."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,tab,down", "submit", "keep filter", key_display="enter", id="filter.keep"),
    ]


class FilterBar(Horizontal):
    """Tells the filter once it means something; until then, why it does not.

    sample: the newest one; its names are offered while one types.
    """

    DEFAULT_CSS = """
    FilterBar { height: 1; display: none; }
    FilterBar > Static { width: 3; text-style: bold; }
    FilterBar > Input { width: 1fr; }
    FilterBar > Line { display: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "clear", "no filter", key_display="esc", id="filter.clear"),
    ]

    @dataclass
    class Changed(Message):
        """Another filter is wanted; "" for none."""

        text: str

    @dataclass
    class Closed(Message):
        """The keys are free again."""

    def __init__(self) -> None:
        super().__init__(id="filter")
        self.sample: Sample | None = None
        self._input = FilterInput(
            placeholder=_EXAMPLE,
            compact=True,
            select_on_focus=False,
            suggester=FilterWords(self._names),
        )
        self._input.cursor_blink = False  # it would write to the terminal for ever
        self._error = Line(id="filter-error")
        self._told = ""
        self._timer: Timer | None = None

    def compose(self) -> ComposeResult:
        """Put the sign, the text and what is wrong with it on one line."""
        yield Static(" /")
        yield self._input
        yield self._error

    def open(self, text: str) -> None:
        """Take the keys and edit this filter."""
        self._told = self._input.value = text
        self._input.cursor_position = len(text)
        self.display = True
        self._input.focus()

    def action_clear(self) -> None:
        """Have no filter."""
        self._input.value = ""
        self._keep()

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

    def _names(self, field: str) -> set[str]:
        """Return the names that processes have in a field now."""
        if self.sample is None or field not in _NAMED:
            return set()
        attribute = "name" if field == "process" else field
        names = {getattr(p, attribute) for p in self.sample.processes.values()}
        return {name for name in names if name and " " not in name}

    def _keep(self) -> None:
        self._stop_waiting()
        if self._tell():
            self.display = False
            self.post_message(self.Closed())

    def _tell(self) -> bool:
        """Hand on a filter that means something; tell whether it does."""
        from netinspect.query import parse_query

        text = self._input.value.strip()
        try:
            parse_query(text)
        except UsageError as error:
            self._show_error(error.message.removeprefix("filter: "), error.hint)
            return False
        self._error.display = False
        if text != self._told:
            self._told = text
            self.post_message(self.Changed(text))
        return True

    def _show_error(self, message: str, hint: str | None) -> None:
        parts = [Part(message, "warning")]
        if hint:
            parts.append(Part(hint, "muted", 1))
        self._error.show(parts)
        self._error.display = True

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
