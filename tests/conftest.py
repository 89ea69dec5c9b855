"""Which tests run here: those that need root where it is there, opt-in ones when asked for."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from pathlib import Path

import pytest

NEEDED = {"DAC_READ_SEARCH": 2, "NET_ADMIN": 12, "NET_RAW": 13, "SYS_PTRACE": 19, "SYS_ADMIN": 21}

os.environ["TZ"] = "UTC"  # times are shown as clocks here show them
time.tzset()
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as a shell's background job has it
    signal.signal(signal.SIGINT, signal.default_int_handler)

_NOT_RUN = pytest.StashKey[list[pytest.Item]]()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    not_run = _marked(items, "root") if _missing_rights() else []
    left = [*not_run, *(_marked(items, "optin") if "optin" not in config.option.markexpr else [])]
    items[:] = [item for item in items if item not in left]
    config.hook.pytest_deselected(items=left)
    config.stash[_NOT_RUN] = not_run


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what could not run."""
    not_run = terminalreporter.config.stash.get(_NOT_RUN, [])
    if not_run:
        missing = ", ".join(_missing_rights())
        terminalreporter.section(f"{len(not_run)} tests did not run: they need the host's root")
        terminalreporter.line(f"missing here: {missing}")
        for file, count in Counter(item.location[0] for item in not_run).items():
            terminalreporter.line(f"{count:5}  {file}")


def _marked(items: list[pytest.Item], name: str) -> list[pytest.Item]:
    return [item for item in items if item.get_closest_marker(name)]


def _missing_rights() -> list[str]:
    """Name what of root's rights this process lacks; a container's root has few of them."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    held = int(status["CapEff"], 16)
    missing = [f"CAP_{name}" for name, bit in NEEDED.items() if not held >> bit & 1]
    return missing if os.geteuid() == 0 else ["uid 0", *missing]
