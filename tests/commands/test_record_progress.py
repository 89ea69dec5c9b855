"""What `record` says of itself."""

from __future__ import annotations

import pytest

from netinspect.commands.record_progress import Progress
from netinspect.recording.timeline import Moment
from tests.samples import make_sample


def said_after(capsys: pytest.CaptureFixture[str], *, every: float, asked: float) -> str:
    progress = Progress("a.nirec", asked)
    for i in range(4):
        progress.tell(Moment(make_sample(at=every * i), None, ()), 1024, 256, "")
    progress.finish(1024)
    return capsys.readouterr().err


def test_looks_that_were_fewer_than_asked_for_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    said = said_after(capsys, every=2.0, asked=1.0)

    assert "4 samples, one every 2.0 s (stretched), 1" in said


def test_looks_as_often_as_asked_for_need_no_word(capsys: pytest.CaptureFixture[str]) -> None:
    assert "stretched" not in said_after(capsys, every=1.1, asked=1.0)
