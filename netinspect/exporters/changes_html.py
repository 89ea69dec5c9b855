"""Changes as a page to read in a browser; one file that loads nothing."""

from __future__ import annotations

from collections.abc import Iterator

from netinspect.changes import Changes
from netinspect.parts import Paper


class ChangesHtml:
    """What `netinspect diff --format html` prints: a table per kind of change."""

    name = "html"

    def write(self, changes: Changes, paper: Paper) -> Iterator[bytes]:
        """Yield the page, a kind of change at a time."""
        # Modules that no other format needs.
        from netinspect.exporters.html.changes_page import changes_page

        return changes_page(changes)


EXPORTER = ChangesHtml()
