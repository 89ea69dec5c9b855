"""The panes and, beside them, the explanation of a row; which explanations are attached."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.message import Message

from netinspect.humanize import counted_text
from netinspect.tui.deck import Deck
from netinspect.tui.details import copied_text, details_text
from netinspect.tui.explain_panel import ExplainPanel
from netinspect.tui.export_dialog import ExportDialog
from netinspect.tui.row_table import RowTable
from netinspect.tui.text_screen import TextScreen

if TYPE_CHECKING:
    from netinspect.cells import Glyphs
    from netinspect.finding import Explanation, Finding, FindingKey
    from netinspect.model import Row
    from netinspect.parts import Report
    from netinspect.tui.exporting import Exporting, Wish


class Desk(Container):
    """Explains what is under the cursor."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("e,w", "explain", "explain", id="desk.explain"),
        Binding("x", "export", "export", id="desk.export"),
        Binding("a", "to_finding", "to its anomaly", show=False, id="desk.to_finding"),
        Binding("tab,shift+tab", "to_rows", "to the rows", show=False, id="desk.rows"),
        *(
            Binding(key, f"digit('{key}')", "show its pane", show=False, id=f"desk.pane_{key}")
            for key in "123456"
        ),
    ]

    @dataclass
    class Attached(Message):
        """Other explanations are attached now."""

        explanations: Mapping[FindingKey, Explanation]

    def __init__(self, glyphs: Glyphs, export: Exporting | None = None) -> None:
        super().__init__(id="desk")
        self.deck = Deck(glyphs)
        self.panel = ExplainPanel()
        self.attached: dict[FindingKey, Explanation] = {}
        self.report: Report | None = None  # what is on screen
        self.recorded: Mapping[FindingKey, Explanation] = {}  # attached when that was recorded
        self._export = export
        self._wish: Wish | None = None  # what was exported the last time

    def compose(self) -> ComposeResult:
        """Put the panel after the panes."""
        yield self.deck
        yield self.panel

    def action_explain(self) -> None:
        """Explain the row under the cursor and attach that; again: detach it."""
        if self.panel.has_focus and self.panel.key is not None:
            self._forget(self.panel.key)
            self.panel.action_close()
            return
        table, row, findings = self._current()
        if table is None or row is None:
            return
        if not findings and row.age.name == "GONE":
            self.notify("this went: what the row shows is what was last seen of it", timeout=3)
        elif not findings:
            self._explain_row(table, row)
        elif findings[0].key in self.attached:
            self._forget(findings[0].key)
        else:
            self._keep(findings[0])

    def action_export(self) -> None:
        """Ask how to write what is on screen to a file, the attached explanations included."""
        if self._export is None:
            return
        if self.report is None:
            self.notify("there is nothing to export yet", timeout=2)
            return
        report = replace(self.report, explanations={**self.recorded, **self.attached})
        self.app.push_screen(ExportDialog(self._export, report, self.post_message, self._wish))

    @on(ExportDialog.Outcome)
    def end_export(self, event: ExportDialog.Outcome) -> None:
        """Say what became of a file, in the dialog as long as that is open."""
        if event.error is None:
            self._wish = event.wish
            self.notify(event.text, timeout=8, markup=False)
        if event.dialog.is_current:
            event.dialog.end(event)
        elif event.error is not None:
            self.notify(event.error.message, severity="error", timeout=8, markup=False)

    def action_to_finding(self) -> None:
        """Go from a row to the gravest finding on it."""
        _, _, findings = self._current()
        if findings:
            self._have_deck(self.deck.visit, "anomalies", tuple(findings[0].key))
        else:
            self.notify("no anomaly on this row", timeout=2)

    @on(RowTable.Opened)
    def open_row(self, event: RowTable.Opened) -> None:
        """Show the sockets behind a row, or the row whole."""
        if event.row.drill and not event.details:
            self._have_deck(self.deck.drill, event.row.drill)
        else:
            self.app.push_screen(
                TextScreen(event.pane.title, details_text(event.pane.fields, event.row))
            )

    @on(RowTable.Copied)
    def copy_rows(self, event: RowTable.Copied) -> None:
        """Hand rows to the terminal; whether it takes them we cannot know."""
        self.app.copy_to_clipboard(copied_text(event.pane.fields, event.rows))
        rows = counted_text(len(event.rows), "row")
        self.notify(f"{rows} sent to the terminal clipboard (OSC 52)", timeout=3)

    def action_digit(self, key: str) -> None:
        """Show a pane while the explanation has the keys."""
        self._have_deck(self.deck.action_digit, key)

    @on(ExplainPanel.Closed)
    def action_to_rows(self) -> None:
        """Give the keys back to the rows."""
        if self.deck.current:
            self.deck.current.table.focus()

    def _have_deck(self, move: Callable[..., None], *arguments: object) -> None:
        # From the deck's own queue: Textual stops a message at the parent that caused it.
        self.deck.call_later(move, *arguments)

    def _current(self) -> tuple[RowTable | None, Row | None, tuple[Finding, ...]]:
        """Return the table that has the keys, its row under the cursor and the findings on it."""
        table = self.deck.current.table if self.deck.current else None
        row = table.view.current() if table else None
        if table is None or row is None:
            return table, None, ()
        return table, row, table.view.findings(table.pane.name, row)

    def _keep(self, finding: Finding) -> None:
        from netinspect.explanations import explain_finding

        recorded = self.recorded.get(finding.key)
        self.attached[finding.key] = recorded or explain_finding(finding)
        self.post_message(self.Attached(dict(self.attached)))
        self.panel.show(self.attached[finding.key], finding.key)

    def _forget(self, key: FindingKey) -> None:
        self.attached.pop(key, None)
        self.post_message(self.Attached(dict(self.attached)))
        self.notify("explanation detached", timeout=2)

    def _explain_row(self, table: RowTable, row: Row) -> None:
        from netinspect.row_explanations import explain_row

        values = dict(zip(table.pane.fields, row.values, strict=True))
        self.panel.show(
            explain_row(table.pane.name, values, self.report.taken_at if self.report else None),
            None,
        )
