"""Filters typed on screen are there in the next run, for the user alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from netinspect.commands.filter_file import read_filters, state_file, write_filters


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def test_what_was_written_is_read() -> None:
    write_filters(["pid 7", "process /^é/", "line\nbreak", "x" * 2000])

    assert read_filters() == ["pid 7", "process /^é/"]
    path = Path(state_file("filters"))
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_file_that_is_not_there_or_cannot_be_made_is_no_failure(tmp_path: Path) -> None:
    assert read_filters() == []

    (tmp_path / "state").write_text("in the way")
    write_filters(["pid 7"])

    assert read_filters() == []


def test_file_with_anything_in_it_is_read() -> None:
    write_filters([])
    Path(state_file("filters")).write_bytes(b"\xff\x1b[31m\npid 7\n\n" + b"a" * 1_000_000)

    assert read_filters() == ["pid 7"]
