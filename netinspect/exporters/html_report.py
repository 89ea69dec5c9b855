"""A whole Report as a page to read in a browser, to print, and to hand to somebody else.

One file that loads nothing. What stands on it in letters and digits is what the text table shows;
colours, bars and the script that sorts tables add nothing that could not be read without them.
"""

from __future__ import annotations

from collections.abc import Iterator

from netinspect.parts import Paper, Report


class HtmlReport:
    """Summary, findings with their explanations, every pane."""

    name = "html"

    def write(self, report: Report, paper: Paper) -> Iterator[bytes]:
        """Yield the page, some rows at a time."""
        # Ten modules that no other format needs, and many commands import all formats.
        from netinspect.exporters.html.report_page import report_page

        return report_page(report)


EXPORTER = HtmlReport()
