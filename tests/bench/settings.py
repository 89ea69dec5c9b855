"""What a benchmark is told, and what one is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Settings:
    """What the command line says.

    sockets: of the load. rounds: how often each command runs. seconds: how long to watch the
    screen. slow: run what takes half a minute too.
    """

    sockets: int
    rounds: int = 5
    seconds: float = 20.0
    slow: bool = False


class Benchmark(Protocol):
    """One set of figures."""

    name: str
    help: str
    sockets: int  # of the load, where the command line does not say

    def run(self, settings: Settings) -> None:
        """Measure and print."""
