"""Which tests run here: those that need root where it is there, opt-in ones when asked for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

NEEDED = {"DAC_READ_SEARCH": 2, "NET_ADMIN": 12, "NET_RAW": 13, "SYS_PTRACE": 19, "SYS_ADMIN": 21}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    missing = _missing_rights()
    if missing:
        reason = f"needs the rights of the host's root, without {', '.join(missing)} here"
        for item in items:
            if item.get_closest_marker("root"):
                item.add_marker(pytest.mark.skip(reason=reason))
    if "optin" not in str(config.option.markexpr):
        left = [item for item in items if item.get_closest_marker("optin")]
        items[:] = [item for item in items if not item.get_closest_marker("optin")]
        config.hook.pytest_deselected(items=left)


def _missing_rights() -> list[str]:
    """Name what of root's rights this process lacks; a container's root has few of them."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    held = int(status["CapEff"], 16)
    missing = [f"CAP_{name}" for name, bit in NEEDED.items() if not held >> bit & 1]
    return missing if os.geteuid() == 0 else ["uid 0", *missing]
