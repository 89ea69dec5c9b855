"""Lines broken between words, and never within a command, so that it can be copied."""

from __future__ import annotations

import re
from textwrap import wrap

_COMMAND = re.compile(r"`[^`]+`")
_KEPT = "\ue000"  # no text holds it: `safe_text` writes it as an escape


def wrap_text(text: str, width: int, first: str = "", rest: str | None = None) -> list[str]:
    """Break a text into lines; what stands between backquotes stays in one.

    first, rest: what the first line and the others begin with; rest: None = blanks as wide.
    """
    kept = _COMMAND.sub(lambda command: command[0].replace(" ", _KEPT), text)
    lines = wrap(
        kept,
        width,
        initial_indent=first,
        subsequent_indent=" " * len(first) if rest is None else rest,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line.replace(_KEPT, " ") for line in lines]
