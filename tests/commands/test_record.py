"""`netinspect record`, run as a user runs it."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from netinspect.commands.record_progress import Progress
from netinspect.commands.recorder import Recorder
from netinspect.diagnosis import Judgement
from netinspect.errors import RecordingError
from netinspect.recording.keep import Keep
from netinspect.recording.reader import Recording
from netinspect.recording.timeline import Moment
from netinspect.recording.writer import RecordingWriter
from netinspect.sources import SourceOptions
from tests.commands.cli import COMMAND, run
from tests.recording.test_crashes import small_disk
from tests.samples import make_sample, tcp

PATIENCE = 60.0  # seconds


def count(path: Path) -> int:
    """Return how many moments a file has by now."""
    try:
        recording = Recording(str(path))
    except RecordingError:  # not there yet, or without a header
        return 0
    moments = len(recording.overview)
    recording.close()
    return moments


def wait_for(there: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not there():
        assert time.monotonic() < end
        time.sleep(0.02)


@contextmanager
def recording_into(
    path: Path, *words: str, prefix: tuple[str, ...] = ()
) -> Iterator[subprocess.Popen[str]]:
    """Record until the block ends, and at least two moments."""
    command = [*prefix, *COMMAND, "record", str(path), "--interval", "0.1", *words]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as recorder:
        try:
            wait_for(lambda: count(path) >= 2)
            yield recorder
        finally:
            if recorder.poll() is None:
                recorder.kill()


def test_recording_ends_by_itself_and_says_what_there_is(tmp_path: Path) -> None:
    path = tmp_path / "short.nirec"

    done = run("record", str(path), "--interval", "0.1", "--for", "2s")

    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    first, last = done.stderr.splitlines()
    assert first == f"netinspect: recording into {path}, a sample every 0.1 s"
    assert last.startswith(f"netinspect: recorded into {path}: {count(path)} sample")
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_signal_ends_it_with_all_in_the_file(number: signal.Signals, tmp_path: Path) -> None:
    path = tmp_path / "ended.nirec"
    with recording_into(path) as recorder:
        recorder.send_signal(number)
        _, said = recorder.communicate(timeout=PATIENCE)

    assert recorder.returncode == 0
    assert said.splitlines()[-1].startswith("netinspect: recorded into")
    assert Recording(str(path)).note is None


def test_hangup_that_is_ignored_does_not_end_it(tmp_path: Path) -> None:
    path = tmp_path / "nohup.nirec"
    with recording_into(path, prefix=("nohup",)) as recorder:
        recorder.send_signal(signal.SIGHUP)
        before = count(path)
        wait_for(lambda: count(path) > before)
        recorder.terminate()
        recorder.communicate(timeout=PATIENCE)

    assert recorder.returncode == 0


def test_moments_are_compared_with_those_before_and_a_second_run_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "twice.nirec"
    for _ in range(2):
        with recording_into(path) as recorder:
            before = count(path)
            wait_for(lambda: count(path) > before)  # noqa: B023 - it is called at once
            recorder.terminate()
            recorder.communicate(timeout=PATIENCE)

    recording = Recording(str(path))
    alone = [i for i in range(len(recording.overview)) if recording.read(i).before is None]
    assert alone[0] == 0
    assert len(alone) == 2


def test_probe_that_dies_is_started_again(tmp_path: Path) -> None:
    path = tmp_path / "again.nirec"
    with recording_into(path) as recorder:
        children = Path(f"/proc/{recorder.pid}/task/{recorder.pid}/children").read_text()
        os.kill(int(children.split()[0]), signal.SIGKILL)
        before = count(path)
        wait_for(lambda: count(path) >= before + 2)
        recorder.terminate()
        _, said = recorder.communicate(timeout=PATIENCE)

    assert recorder.returncode == 0
    assert "trying again in 1 s" in said
    recording = Recording(str(path))
    assert [recording.read(i).before is None for i in range(len(recording.overview))].count(
        True
    ) == 2


def test_deleted_file_ends_it_with_a_clear_message(tmp_path: Path) -> None:
    path = tmp_path / "gone.nirec"
    with recording_into(path) as recorder:
        path.unlink()
        _, said = recorder.communicate(timeout=PATIENCE)

    assert recorder.returncode == 1
    assert f"{path} was deleted while it was recorded into" in said
    assert "Traceback" not in said


def test_terminal_gets_a_line_that_is_renewed(tmp_path: Path) -> None:
    leader, follower = pty.openpty()
    command = [*COMMAND, "record", str(tmp_path / "seen.nirec"), "--interval", "0.1"]
    with subprocess.Popen(command, stderr=follower, stdout=subprocess.DEVNULL) as recorder:
        os.close(follower)
        said = b""
        while said.count(b"\x1b[K") < 3:
            said += os.read(leader, 4096)
        recorder.terminate()
        assert recorder.wait(PATIENCE) == 0
    os.close(leader)

    assert b"samples, " in said
    assert b" finding" in said


def test_error_on_a_terminal_begins_a_line(tmp_path: Path) -> None:
    path = tmp_path / "gone.nirec"
    leader, follower = pty.openpty()
    command = [*COMMAND, "record", str(path), "--interval", "0.1"]
    with subprocess.Popen(command, stderr=follower, stdout=subprocess.DEVNULL) as recorder:
        os.close(follower)
        said = b""
        while said.count(b"\x1b[K") < 2:
            said += os.read(leader, 4096)
        path.unlink()
        with suppress(OSError):  # EIO: it has ended
            while piece := os.read(leader, 4096):
                said += piece
        assert recorder.wait(PATIENCE) == 1
    os.close(leader)

    assert f"\r\x1b[Knetinspect: {path} was deleted".encode() in said


@pytest.mark.root
def test_file_that_cannot_be_shortened_is_told_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    samples = [make_sample([tcp("LISTEN", "0.0.0.0:80", recv_q=n)], at=n) for n in range(3)]
    with small_disk(tmp_path, "96k") as folder:
        path = folder / "ring.nirec"
        with closing(RecordingWriter(str(path), keep=Keep(size=20_000))) as writer:
            progress = Progress("ring.nirec", 1.0)
            recorder = Recorder(SourceOptions(), Judgement(), writer, None, progress)
            while writer.size < 20_000:
                writer.append(Moment(samples[0]))
            room = os.statvfs(folder).f_bavail * os.statvfs(folder).f_bsize
            (folder / "ballast").write_bytes(b"x" * (room - 16_000))
            while writer.note is None:
                writer.append(Moment(samples[0]))

            recorder.take(samples[1])
            recorder.take(samples[2])

    said = capsys.readouterr().err
    assert said == f"netinspect: cannot shorten {path}: No space left on device\n"


def test_nothing_found_keeps_nothing(tmp_path: Path) -> None:
    path = tmp_path / "quiet.nirec"

    done = run(
        *("record", str(path), "--interval", "0.1", "--for", "1s", "--on-anomaly"),
        *("--silence", "*"),
    )

    assert done.returncode == 0, done.stderr
    assert count(path) == 0


@pytest.mark.parametrize(
    "words",
    [
        ("--keep", "much"),
        ("--for", "10"),
        ("--interval", "0"),
        ("--before", "soon"),
        ("--after", "1m"),
        (),
    ],
)
def test_wrong_words_are_refused(words: tuple[str, ...], tmp_path: Path) -> None:
    path = tmp_path / "never.nirec"
    file = (str(path),) if words else ()

    done = run("record", *file, *words)

    assert done.returncode == 2
    assert not path.exists()


def test_other_file_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("precious\n")

    done = run("record", str(path))

    assert done.returncode == 1
    assert done.stderr.startswith(f"netinspect: {path} is no recording")
    assert path.read_text() == "precious\n"
