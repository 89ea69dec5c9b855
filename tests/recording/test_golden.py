"""Files of every version that was released can be read for ever."""

from __future__ import annotations

from netinspect.recording.reader import Recording
from tests.recording.golden import FILE, golden_moments
from tests.recording.moments import assert_same


def test_file_of_format_1_is_read_as_it_was_written() -> None:
    recording = Recording(str(FILE))

    moments = golden_moments()
    assert len(recording.overview) == len(moments)
    for index, moment in enumerate(moments):
        assert_same(recording.read(index), moment)
    recording.close()
