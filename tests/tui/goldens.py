"""Screens as text, compared with files; `UPDATE_GOLDENS=1 pytest` writes them anew."""

from __future__ import annotations

import os
from pathlib import Path

_FOLDER = Path(__file__).parent / "screens"


def assert_golden(name: str, text: str) -> None:
    """Compare a screen with the file of that name."""
    path = _FOLDER / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDENS"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text + "\n")
    assert text + "\n" == path.read_text(), f"{path} differs; UPDATE_GOLDENS=1 writes it anew"
