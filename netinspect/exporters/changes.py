"""Exporters of Changes: one format per file. A new one is its file and a line here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from netinspect.changes import Changes
from netinspect.exporters import changes_html, changes_json, changes_text
from netinspect.parts import Paper


class ChangesExporter(Protocol):
    """One format of Changes."""

    name: str  # as `--format` calls it

    def write(self, changes: Changes, paper: Paper) -> Iterator[bytes]:
        """Yield the document piece by piece."""


CHANGES_EXPORTERS: tuple[ChangesExporter, ...] = (
    changes_text.EXPORTER,
    changes_json.EXPORTER,
    changes_html.EXPORTER,
)
"""Formats of what is not the same at two moments."""
