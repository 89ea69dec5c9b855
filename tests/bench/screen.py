"""The screen on a terminal: how soon, at what cost, with how many bytes, how quick to keys."""

from __future__ import annotations

import math
import shutil
import statistics
from collections.abc import Sequence

from tests.bench.contest import NETINSPECT
from tests.bench.load import Load, loaded
from tests.bench.settings import Settings
from tests.bench.terminal import Terminal, cpu_seconds, family, memory, on_terminal

_MIB = 2**20
_DATA = " sockets, "  # in the status line once a sample is shown
_VIEWS = (("dashboard", "\t"), ("sockets pane", "3"), ("ports pane", "4"))
_KEYS = "jjjkk"
_KEY_SECONDS = 0.07
_PARTS = (("p50", 0.5), ("p97", 0.97), ("most", 1.0))


class Screen:
    """First paint, idle cost and bytes."""

    name = "screen"
    help = "first paint against htop and glances; bytes, CPU and memory while idle"
    sockets = 10_000

    def run(self, settings: Settings) -> None:
        """Print the figures."""
        with loaded(Load.of(settings.sockets)) as pids:
            _compare_paint(settings.rounds)
            _watch_idle("the whole host", (), settings.seconds)
            # On a machine that others use too only the load itself stays as it is.
            only = [word for pid in pids for word in ("--pid", str(pid))]
            _watch_idle("the load alone", only, settings.seconds)


class Keys:
    """How long a key takes to show while sockets are collected."""

    name = "keys"
    help = "key press to repaint while 200,000 sockets are collected one pass after the other"
    sockets = 200_000

    def run(self, settings: Settings) -> None:
        """Print the figures."""
        with loaded(Load.of(settings.sockets)):
            for name, key in _VIEWS:
                with on_terminal(NETINSPECT) as terminal:
                    terminal.seconds_until(_DATA)
                    terminal.press(key)
                    _time_keys(terminal, name, settings.seconds)


def _compare_paint(rounds: int) -> None:
    first = {
        "netinspect: frame": (NETINSPECT, "netinspect"),
        "netinspect: data": (NETINSPECT, _DATA),
        "glances": (("glances", "--disable-check-update"), "CPU"),
        "htop": (("htop",), "PID"),
    }
    known = {name: one for name, one in first.items() if shutil.which(one[0][0])}
    for name in first.keys() - known.keys():
        print(f"not installed, left out: {name}")
    seconds: dict[str, list[float]] = {name: [] for name in known}
    for turn in range(rounds + 1):
        for name, (command, text) in known.items():
            with on_terminal(command) as terminal:
                found = terminal.seconds_until(text)
                if turn:  # the first filled the caches
                    seconds[name].append(found)
    base = min(seconds.get("glances") or [math.nan])
    for name, some in seconds.items():
        print(f"{name:34} {_spread(some)}  {min(some) / base:5.2f} x glances")


def _watch_idle(name: str, words: Sequence[str], seconds: float) -> None:
    with on_terminal([*NETINSPECT, *words]) as terminal:
        terminal.seconds_until(_DATA)
        terminal.read_for(seconds)  # past the start, at its own pace
        pids = family(terminal.pid)
        before = [cpu_seconds(pid) for pid in pids]
        written = terminal.read_for(seconds)
        used = [cpu_seconds(pid) - start for pid, start in zip(pids, before, strict=True)]
        shares = ", ".join(
            f"{who} {100 * cpu / seconds:.1f} %"
            for who, cpu in zip(("viewer", "probe"), used, strict=False)
        )
        together = 100 * sum(used) / seconds
        print(f"{name}, idle for {seconds:g} s: {written:,} bytes to the terminal")
        print(f"  own CPU: {shares}; together {together:.1f} % of 5")
        print(f"  it says: {_status(terminal)}")
        _print_memory(pids)


def _time_keys(terminal: Terminal, name: str, seconds: float) -> None:
    delays = []
    pressed = max(1, round(seconds / _KEY_SECONDS))
    for i in range(pressed):
        if i % 20 == 0:
            terminal.press("r")
        delays.append(terminal.press(_KEYS[i % len(_KEYS)]))
        terminal.read_for(_KEY_SECONDS)
    known = sorted(delay for delay in delays if delay is not None)
    shares = ", ".join(f"{title} {_share(known, part)} ms" for title, part in _PARTS)
    print(f"{name:34} {shares} of {len(delays)} keys")
    print(f"  it says: {_status(terminal)}")
    _print_memory(family(terminal.pid))


def _share(known: Sequence[float], part: float) -> str:
    if not known:
        return "–"
    return f"{1000 * known[min(len(known) - 1, int(part * len(known)))]:.1f}"


def _spread(seconds: Sequence[float]) -> str:
    return f"{min(seconds):.3f} s, median {statistics.median(seconds):.3f}"


def _status(terminal: Terminal) -> str:
    return " ".join(terminal.look().splitlines()[0].split())


def _print_memory(pids: Sequence[int]) -> None:
    for who, pid in zip(("viewer", "probe"), pids, strict=False):
        resident, peak = memory(pid) / _MIB, memory(pid, "VmHWM") / _MIB
        print(f"  memory of the {who}: {resident:.0f} MiB, peak {peak:.0f}")


SCREEN = Screen()
KEYS = Keys()
