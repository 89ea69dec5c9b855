"""A row of words of which one is chosen; the chosen one stands in brackets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from string import ascii_lowercase
from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widget import Widget


class Choice(Widget, can_focus=True):
    """Takes one of its words by the arrows, or by the letter it begins with."""

    DEFAULT_CSS = """
    Choice { height: 1; width: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,space", "step(1)", "next choice", show=False, id="choice.next"),
        Binding("left", "step(-1)", "previous choice", show=False, id="choice.previous"),
        *(Binding(letter, f"take('{letter}')", show=False) for letter in ascii_lowercase),
    ]

    @dataclass
    class Changed(Message):
        """Another word is chosen."""

        choice: Choice

    def __init__(self, words: Sequence[str], chosen: str, *, id: str) -> None:
        super().__init__(id=id)
        self._words = tuple(words)
        self._at = self._words.index(chosen)

    @property
    def chosen(self) -> str:
        """Return the word that is chosen."""
        return self._words[self._at]

    def choose(self, at: int) -> None:
        """Choose a word by its place."""
        if at != self._at:
            self._at = at
            self.refresh()
            self.post_message(self.Changed(self))

    def render(self) -> Text:
        """Write the words, the chosen one so that it shows without colour, too."""
        text = Text(no_wrap=True)
        for at, word in enumerate(self._words):
            chosen = at == self._at
            style = ("reverse bold" if self.has_focus else "bold") if chosen else ""
            text.append(f"[{word}]" if chosen else f" {word} ", style)
        return text

    def action_step(self, by: int) -> None:
        """Choose the next word, after the last one the first."""
        self.choose((self._at + by) % len(self._words))

    def action_take(self, letter: str) -> None:
        """Choose the word that begins with a letter."""
        places = [at for at, word in enumerate(self._words) if word.startswith(letter)]
        if places:
            self.choose(places[0])
