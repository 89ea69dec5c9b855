"""A row's values → styled text of exactly a column's width; for the screen and the text tables.

Knows no terminal and no colours: a style is one of the words in `glyphs.py`.
"""

from __future__ import annotations

from netinspect.cells.cell import cell_spans, full_text
from netinspect.cells.glyphs import ASCII, UNICODE, Glyphs, Span, base_style
from netinspect.cells.width import fit, text_width

__all__ = [
    "ASCII",
    "UNICODE",
    "Glyphs",
    "Span",
    "base_style",
    "cell_spans",
    "fit",
    "full_text",
    "text_width",
]
