"""The bottom line: the keys that do something now, as many as fit."""

from __future__ import annotations

from textual.binding import Binding
from textual.keys import key_to_character
from textual.screen import Screen
from textual.widget import Widget

from netinspect.tui.line import Line, Part

_ALWAYS = ("app.help", "app.quit")
_FIRST = (
    "deck.back",
    "app.clear_filter",
    "row.open",
    "app.filter",
    "desk.explain",
    "deck.next",
    "row.sort",
    "time.live",
    "time.pause",
    "time.back",
    "time.forth",
    "desk.export",
    "deck.zoom",
    "row.details",
    "app.refresh",
)
"""The order of importance; keys that are not named follow, as their classes list them."""


class KeyLine(Line):
    """Shows the active bindings, made from the bindings themselves, and which rows are shown."""

    RIGHT_STAYS = True

    def __init__(self) -> None:
        super().__init__(id="keys", separator="  ")
        self._keys: tuple[Part, ...] = ()
        self._position: tuple[Part, ...] = ()

    def on_mount(self) -> None:
        """Follow every change of focus and of what can be done."""
        self.screen.bindings_updated_signal.subscribe(self, self._show_keys)
        self._show_keys(self.screen)

    def show_position(self, text: str) -> None:
        """Say where in the rows we are."""
        self._position = (Part(text, "muted"),) if text else ()
        self.show(self._keys, self._position)

    def _show_keys(self, screen: Screen[object]) -> None:
        if screen is not self.screen or not self.is_attached:
            return
        seen: dict[str, Binding] = {}
        for active in screen.active_bindings.values():
            binding = active.binding
            named = binding.show and binding.description and active.enabled
            if named and not _is_typed(screen.focused, binding):
                seen.setdefault(binding.id or binding.action, binding)
        bindings = sorted(seen.values(), key=_importance)
        self._keys = tuple(self._part(binding, rank) for rank, binding in enumerate(bindings, 1))
        self.show(self._keys, self._position)

    def _part(self, binding: Binding, rank: int) -> Part:
        key = self.app.get_key_display(binding)
        rank = 0 if binding.id in _ALWAYS else rank
        click = f"app.simulate_key('{binding.key}')"
        return Part(f"{key} {binding.description}", "plain", rank, click)


def _is_typed(focused: Widget | None, binding: Binding) -> bool:
    """Tell whether the key is text for what has the keys."""
    shown = binding.key_display or ""
    character = shown if len(shown) == 1 else key_to_character(binding.key)
    return focused is not None and focused.check_consume_key(binding.key, character)


def _importance(binding: Binding) -> int:
    if binding.id in _ALWAYS:
        return len(_FIRST) + 1
    return _FIRST.index(binding.id) if binding.id in _FIRST else len(_FIRST)
