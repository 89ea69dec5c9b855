"""The bottom line: the keys that do something now, as many as fit."""

from __future__ import annotations

from textual.binding import Binding
from textual.screen import Screen

from netinspect.tui.line import Line, Part

_ALWAYS = ("app.help", "app.quit")
_FIRST = (
    "deck.back",
    "row.open",
    "row.sort",
    "deck.next",
    "app.pause",
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
            if active.binding.show and active.binding.description and active.enabled:
                seen.setdefault(active.binding.id or active.binding.action, active.binding)
        bindings = sorted(seen.values(), key=_importance)
        self._keys = tuple(self._part(binding, rank) for rank, binding in enumerate(bindings, 1))
        self.show(self._keys, self._position)

    def _part(self, binding: Binding, rank: int) -> Part:
        key = self.app.get_key_display(binding)
        rank = 0 if binding.id in _ALWAYS else rank
        click = f"app.simulate_key('{binding.key}')"
        return Part(f"{key} {binding.description}", "plain", rank, click)


def _importance(binding: Binding) -> int:
    if binding.id in _ALWAYS:
        return len(_FIRST) + 1
    return _FIRST.index(binding.id) if binding.id in _FIRST else len(_FIRST)
