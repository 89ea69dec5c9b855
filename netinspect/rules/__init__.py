"""Rules: Window → findings, one anomaly per file.

A new one is its file, the Markdown file that explains it, and a line here.
"""

from __future__ import annotations

from netinspect.parts import Rule
from netinspect.rules import accept_queue_full

RULES: tuple[Rule, ...] = (accept_queue_full.RULE,)
