"""A line that asks for one word or name: what is wrong with the answer is said beside it."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Static

from netinspect.errors import NetinspectError
from netinspect.tui.line import Line, Part


class PromptInput(Input):
    """The answer itself."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "take it", id="prompt.take"),
    ]


class PromptBar(Horizontal):
    """Takes the keys while a question is open."""

    DEFAULT_CSS = """
    PromptBar { height: 1; display: none; }
    PromptBar > Static { width: auto; text-style: bold; }
    PromptBar > Input { width: 1fr; min-width: 12; }
    PromptBar > Line { width: 2fr; display: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "never mind", key_display="esc", id="prompt.close"),
    ]

    class Closed(Message):
        """The keys are free again."""

    def __init__(self) -> None:
        super().__init__(id="prompt")
        self._question = Static(markup=False)
        self._input = PromptInput(compact=True, select_on_focus=False)
        self._input.cursor_blink = False  # it would write to the terminal for ever
        self._error = Line(id="prompt-error")
        self._take: Callable[[str], None] | None = None

    def compose(self) -> ComposeResult:
        """Put the question, the answer and what is wrong with it on one line."""
        yield self._question
        yield self._input
        yield self._error

    def ask(self, question: str, text: str, take: Callable[[str], None], example: str = "") -> None:
        """Ask; take: gets the answer, raises NetinspectError on one that will not do."""
        self._take = take
        self._question.update(f" {question} ")
        self._input.placeholder = example
        self._input.value = text
        self._input.cursor_position = len(text)
        self._error.display = False
        self.display = True
        self._input.focus()

    def action_close(self) -> None:
        """Give the keys back without an answer."""
        self.display = False
        self.post_message(self.Closed())

    @on(Input.Changed)
    def think_again(self, event: Input.Changed) -> None:
        """Take back what was said of another answer."""
        event.stop()
        self._error.display = False

    @on(Input.Submitted)
    def answer(self, event: Input.Submitted) -> None:
        """Hand the answer on, and close if it will do."""
        event.stop()
        try:
            if self._take is not None:
                self._take(event.value.strip())
        except NetinspectError as error:
            hint = [Part(error.hint, "muted", 1)] if error.hint else []
            self._error.show([Part(error.message, "warning"), *hint])
            self._error.display = True
        else:
            self.action_close()
