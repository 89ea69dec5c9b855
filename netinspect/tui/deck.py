"""Which panes are on screen: the dashboard, or one pane at full size; and the way back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.events import DescendantFocus, Resize
from textual.message import Message
from textual.widgets import Input

from netinspect.tui.pane_view import PaneView

if TYPE_CHECKING:
    from netinspect.cells import Glyphs
    from netinspect.model import RowKey
    from netinspect.parts import Pane, Report

DASHBOARD = ("anomalies", "processes", "ports", "ephemeral", "descriptors")
DASHBOARD_SIZE = 120, 36
_MOST_FINDINGS = 8
_FRAME = 2  # lines around the rows of a pane
SOCKETS = "sockets"
"""The pane that a drill-down leads to."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the user is. drill: the filter a row led here with; cursor: its row's key there."""

    pane: str
    zoomed: bool = False
    drill: str = ""
    cursor: RowKey | None = None

    def filter(self, typed: str) -> str:
        """Join what is typed and what a row led here with."""
        if not (typed and self.drill):
            return typed or self.drill
        from netinspect.query import join_filters  # not before the first frame

        return join_filters(typed, self.drill)


class Deck(Container):
    """Holds every pane and shows the right ones."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "back", key_display="esc", id="deck.back"),
        Binding("tab", "step(1)", "next pane", id="deck.next"),
        Binding("shift+tab", "step(-1)", "previous pane", show=False, id="deck.previous"),
        Binding("z", "zoom", "zoom", id="deck.zoom"),
        *(
            Binding(
                key, f"digit('{key}')", "pane of that number", show=False, id=f"deck.pane_{key}"
            )
            for key in "123456789"
        ),
    ]

    class Moved(Message):
        """Other panes, or other rows of them, are wanted on screen."""

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__(id="deck")
        self._glyphs = glyphs
        self._views: dict[str, PaneView] = {}
        self._trail: list[Place] = []
        self._wide = False
        self._room = 0
        self.place = Place("")

    async def hold(self, panes: Sequence[Pane]) -> None:
        """Put these panes on the deck and show the first that the size allows for."""
        self._views = {pane.name: PaneView(pane, self._glyphs) for pane in panes}
        await self.mount_all(self._views.values())
        self.make_room(None)
        first = next(name for name in DASHBOARD if name in self._views)
        focused = self.screen.focused
        self._arrive(Place(first))
        if isinstance(focused, Input):  # the filter was there before the panes
            focused.focus()

    @property
    def views(self) -> tuple[PaneView, ...]:
        """Return all panes, in the order of their keys."""
        return tuple(self._views.values())

    @property
    def on_screen(self) -> tuple[PaneView, ...]:
        """Return the panes on screen."""
        if self.dashboard:
            return tuple(view for name, view in self._views.items() if name in DASHBOARD)
        view = self._views.get(self.place.pane)
        return (view,) if view else ()

    @property
    def current(self) -> PaneView | None:
        """Return the pane that has the keys."""
        return self._views.get(self.place.pane)

    @property
    def dashboard(self) -> bool:
        """Tell whether several panes are side by side."""
        return self._wide and not self.place.zoomed and self.place.pane in DASHBOARD

    def go(self, pane: str) -> None:
        """Show a pane at full size, with all its rows."""
        self._trail.clear()
        self._arrive(Place(pane, zoomed=True))

    def make_room(self, report: Report | None) -> None:
        """Give the pane of anomalies as many lines of the dashboard as it has rows."""
        table = report.tables.get(DASHBOARD[0]) if report else None
        gone = len(table.gone) if table and table.gone else 0
        lines = _FRAME + 1 + min((len(report.findings) if report else 0) + gone, _MOST_FINDINGS)
        if lines != self._room and DASHBOARD[0] in self._views:
            self._room = lines
            self.styles.grid_rows = f"{lines} 1fr 1fr"

    def visit(self, pane: str, key: RowKey) -> None:
        """Go to a row of another pane; back leads here again."""
        here = self.current.table.view.key if self.current else None
        self._trail.append(replace(self.place, cursor=here))
        self._arrive(Place(pane, zoomed=True, cursor=key))

    def drill(self, text: str) -> None:
        """Show only the sockets that a filter lets through."""
        key = self.current.table.view.key if self.current else None
        self._trail.append(replace(self.place, cursor=key))
        self._arrive(Place(SOCKETS, zoomed=True, drill=text))

    def action_back(self) -> None:
        """Return to where the user came from."""
        if self._trail:
            self._arrive(self._trail.pop())
        elif self._wide and self.place.zoomed:
            home = self.place.pane if self.place.pane in DASHBOARD else self._home
            self._arrive(Place(home))

    def action_step(self, step: int) -> None:
        """Go to the next or previous pane."""
        names = [view.pane.name for view in (self.on_screen if self.dashboard else self.views)]
        pane = names[(names.index(self.place.pane) + step) % len(names)]
        if self.dashboard:
            self._views[pane].table.focus()
        else:
            self.go(pane)

    def action_digit(self, key: str) -> None:
        """Show the pane with this key at full size."""
        self.go(next(name for name, view in self._views.items() if view.pane.key == key))

    def action_zoom(self) -> None:
        """Show the pane at full size, or the dashboard again."""
        self._arrive(replace(self.place, zoomed=not self.place.zoomed))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Hide the keys that would do nothing here."""
        if action == "back":
            return bool(self._trail) or (self._wide and self.place.zoomed)
        if action == "zoom":
            return self._wide and self.place.pane in DASHBOARD
        if action == "digit":
            return any(view.pane.key == parameters[0] for view in self._views.values())
        return True

    @on(DescendantFocus)
    def focus_moved(self, event: DescendantFocus) -> None:
        """Remember which pane of the dashboard has the keys."""
        pane = next((v.pane.name for v in self.on_screen if v.table is event.widget), None)
        if pane is not None and pane != self.place.pane:
            self.place = replace(self.place, pane=pane)
            self.refresh_bindings()

    def on_resize(self, event: Resize) -> None:
        """Change between dashboard and tabs as the terminal grows and shrinks."""
        width, height = self.app.size
        wide = width >= DASHBOARD_SIZE[0] and height >= DASHBOARD_SIZE[1]
        if wide != self._wide:
            self._wide = wide
            self._show(take_keys=self.has_focus_within)

    @property
    def _home(self) -> str:
        return next(name for name in DASHBOARD if name in self._views)

    def _arrive(self, place: Place) -> None:
        drilled = place.drill != self.place.drill
        self.place = place
        if self.current and (drilled or place.cursor is not None):
            self.current.table.select(place.cursor)
        self._show()

    def _show(self, *, take_keys: bool = True) -> None:
        if not self._views:
            return
        self.set_class(self.dashboard, "-dashboard")
        on_screen = self.on_screen
        for view in self._views.values():
            view.display = view in on_screen
        if self.current and take_keys:
            self.current.table.focus()
        self.refresh_bindings()
        self.post_message(self.Moved())
