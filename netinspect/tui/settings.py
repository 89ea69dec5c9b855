"""How the screen was asked to start."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from netinspect.tui.feed import all_panes

if TYPE_CHECKING:
    from netinspect.cells import Glyphs
    from netinspect.diagnosis import Judgement
    from netinspect.parts import Pane, Report, Source


@dataclass(frozen=True, slots=True)
class Settings:
    """How the screen was asked to start.

    reopen: makes the source anew after it failed. prompts: reopening may ask for a password, so it
    needs the terminal. interval: seconds. first_waits: seconds after the first Samples, so that
    rates and what must hold for several are there sooner.
    """

    source: Source
    reopen: Callable[[], Source]
    glyphs: Glyphs
    ascii: bool = False
    prompts: bool = False
    interval: float = 2.0
    first_waits: tuple[float, ...] = ()
    filter: str = ""
    load_panes: Callable[[], tuple[Pane, ...]] = all_panes
    judgement: Judgement | None = None
    export: Callable[[Report], str] | None = None  # writes a file and returns its name
