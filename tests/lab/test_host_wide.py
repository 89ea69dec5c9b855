"""Limits of the whole host, lowered for a moment: runs only with -m optin, never beside others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.lab.judging import watch
from tests.lab.netns import make_namespace

pytestmark = [pytest.mark.root, pytest.mark.optin]

FILE_NR = Path("/proc/sys/fs/file-nr")
FILE_MAX = Path("/proc/sys/fs/file-max")


@contextmanager
def lowered(limit: Path, value: int) -> Iterator[None]:
    """Give a limit another value, and its own one back whatever happens."""
    before = limit.read_text()
    limit.write_text(f"{value}\n")
    try:
        yield
    finally:
        limit.write_text(before)


def open_files() -> int:
    return int(FILE_NR.read_text().split()[0])


def test_files_of_the_whole_host_near_their_limit_are_told_until_there_is_room_again() -> None:
    with make_namespace() as namespace, watch(namespace) as host:
        with lowered(FILE_MAX, int(open_files() / 0.9)):
            finding = host.wait_for("fd-limit-system")
            assert finding.value("open_files") == pytest.approx(open_files(), rel=0.1)

        host.wait_gone("fd-limit-system")
