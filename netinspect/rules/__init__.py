"""Rules: Window → findings, one anomaly per file.

None is built in yet. A new one is its file, the Markdown file that explains it, and a line here.
"""

from __future__ import annotations

from netinspect.parts import Rule

RULES: tuple[Rule, ...] = ()
