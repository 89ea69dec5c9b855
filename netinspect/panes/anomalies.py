"""The pane of findings. Until there are rules it has none and says so."""

from __future__ import annotations

from netinspect.model import Window
from netinspect.parts import Column, RowList, Rows


class AnomaliesPane:
    """One row per finding."""

    name = "anomalies"
    key = "1"
    title = "Anomalies"
    help = "What is going wrong on this host?"
    fields: tuple[str, ...] = ("severity", "code", "title", "subject")
    columns: tuple[Column, ...] = (
        Column("SEVERITY", ("severity",), 8, 1),
        Column("CODE", ("code",), 20, 0),
        Column("SUBJECT", ("subject",), 16, 2),
        Column("WHAT", ("title",), 20, 0, grow=True),
    )
    sort = "severity"
    descending = True
    empty = "This version does not recognise anomalies yet: the other panes show the numbers."

    def rows(self, window: Window) -> Rows:
        """Return no row: nothing is recognised yet."""
        return RowList(self.fields, ())

    def header(self, window: Window) -> str:
        """Say nothing."""
        return ""


PANE = AnomaliesPane()
