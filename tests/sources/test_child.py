"""The probe as a child process: what it sends, how it ends, and what one is told then."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from netinspect.errors import SourceError
from netinspect.probe.capture import MAGIC
from netinspect.probe.stream import CPU_SHARE
from netinspect.sources.child import ChildSource
from netinspect.sources.options import Kind, SourceOptions
from tests.probe.captures import parse_frame, wait_until

SLOW = SourceOptions(interval=1000)


@pytest.fixture
def child() -> Iterator[ChildSource]:
    source = ChildSource(SLOW)
    yield source
    source.close()


def python(code: str) -> list[str]:
    return [sys.executable, "-I", "-S", "-c", code]


def end_of(command: list[str]) -> SourceError:
    """Run a command as the probe and return what reading from it comes to."""
    source = ChildSource(SLOW, command)
    try:
        with pytest.raises(SourceError) as caught:
            source.read_frame()
    finally:
        source.close()
    return caught.value


def test_frame_of_a_child_is_a_capture_of_this_host(child: ChildSource) -> None:
    capture = parse_frame(bytes(child.read_frame()))

    assert capture.header["host"]["name"] == child.target == os.uname().nodename
    assert capture.header["self_pids"] == [child.pid, os.getpid()]


def test_child_starts_and_answers_before_numpy_is_imported() -> None:
    code = """
import sys
from netinspect.probe.stream import CPU_SHARE
from netinspect.sources import SourceOptions
from netinspect.sources.child import ChildSource
source = ChildSource(SourceOptions())
source.wait_ready()
assert source.read_frame()
source.close()
assert not {"numpy", "textual", "psutil"} & sys.modules.keys()
"""
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])


def test_refresh_yields_a_frame_at_once(child: ChildSource) -> None:
    child.read_frame()

    child.refresh()

    assert child.read_frame()


def test_shorter_interval_yields_frames(child: ChildSource) -> None:
    child.read_frame()

    child.set_interval(0.1)

    assert child.read_frame()
    assert child.read_frame()


def test_interval_is_stretched_for_what_this_process_spends() -> None:
    source = ChildSource(SourceOptions(kind=Kind.NETLINK, interval=5))
    intervals = []
    for _ in range(5):
        intervals.append(source.read().cost.interval or 0.0)
        until = time.process_time() + 0.5
        while time.process_time() < until:
            pass
        source.refresh()
    source.close()

    assert intervals[0] == 5 < 0.5 / CPU_SHARE <= intervals[-1]


def test_source_kind_is_handed_on() -> None:
    source = ChildSource(SourceOptions(kind=Kind.PROC, interval=1000))

    capture = parse_frame(bytes(source.read_frame()))

    assert "proc_net.tcp" in capture.sections
    source.close()


def test_killed_probe_is_an_error_with_its_reason_and_a_new_one_works(child: ChildSource) -> None:
    child.read_frame()
    os.kill(child.pid, signal.SIGKILL)

    with pytest.raises(SourceError, match="the probe ended: killed by SIGKILL") as caught:
        child.read_frame()

    assert caught.value.hint
    again = ChildSource(SLOW)
    assert again.read_frame()
    again.close()


def test_last_words_of_a_child_are_the_reason() -> None:
    error = end_of(python("import sys; print('noise', file=sys.stderr); sys.exit('no such thing')"))

    assert error.message == "the probe ended: no such thing"


def test_child_that_ends_without_a_word_is_named_by_its_exit_code() -> None:
    assert end_of(python("import sys; sys.exit(7)")).message == "the probe ended: exit code 7"


def test_flood_of_errors_is_bounded_and_does_not_block() -> None:
    code = (
        "import sys; [sys.stderr.write('x' * 100_000 + '\\n') for _ in range(50)]; sys.exit('end')"
    )

    assert end_of(python(code)).message == "the probe ended: end"


def test_command_that_does_not_exist_is_said_by_name() -> None:
    with pytest.raises(SourceError, match="no-such-command is not installed"):
        ChildSource(SLOW, ["no-such-command"])


def test_command_that_may_not_be_run_is_said() -> None:
    with pytest.raises(SourceError, match=r"\(/etc/passwd\) cannot be started: Permission denied"):
        ChildSource(SLOW, ["/etc/passwd"])


def test_text_before_the_magic_line_is_skipped() -> None:
    frame = b"\x04\0\0\0\0\0\0\0abcd"
    code = f"import os; os.write(1, b'Welcome!\\n' + {MAGIC!r} + {frame!r}); os.read(0, 1)"
    source = ChildSource(SLOW, python(code))

    assert source.read_frame() == b"abcd"
    source.close()


def test_stream_cut_off_in_a_frame_is_an_error() -> None:
    code = f"import os; os.write(1, {MAGIC!r} + b'\\x09\\0\\0\\0\\0\\0\\0\\0abcd')"

    assert "the probe ended" in end_of(python(code)).message


@pytest.mark.parametrize("length", [0, 3, 1 << 40])
def test_frame_of_impossible_length_is_an_error(length: int) -> None:
    code = f"import os; os.write(1, {MAGIC!r} + ({length}).to_bytes(8, 'little')); os.read(0, 1)"

    assert f"a frame of {length} bytes" in end_of(python(code)).message


def test_endless_noise_is_an_error() -> None:
    code = "import os\nwhile True: os.write(1, b'noise ' * 1000)"

    assert "does not answer as a probe" in end_of(python(code)).message


def test_close_unblocks_a_read(child: ChildSource) -> None:
    child.read_frame()
    ended: list[SourceError] = []

    def read() -> None:
        try:
            child.read_frame()
        except SourceError as error:
            ended.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    child.close()
    reader.join(20)

    assert [error.message for error in ended] == ["the source was closed"]


def test_close_ends_the_process_and_leaves_no_descriptors() -> None:
    before = os.listdir("/proc/self/fd")
    source = ChildSource(SLOW)
    source.read_frame()

    source.close()
    source.close()

    assert not Path(f"/proc/{source.pid}").exists()
    assert len(os.listdir("/proc/self/fd")) == len(before)


def test_close_ends_a_process_that_ignores_everything() -> None:
    code = (
        "import os, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        f"os.write(1, {MAGIC!r}); time.sleep(1000)"
    )
    source = ChildSource(SLOW, python(code))
    source.wait_ready()

    source.close()

    assert not Path(f"/proc/{source.pid}").exists()


def test_commands_to_a_probe_that_does_not_listen_do_not_block() -> None:
    source = ChildSource(SLOW, python("import time; time.sleep(1000)"))

    for _ in range(50_000):
        source.refresh()

    source.close()


def test_commands_to_a_probe_that_ended_do_nothing(child: ChildSource) -> None:
    child.read_frame()
    os.kill(child.pid, signal.SIGKILL)
    with pytest.raises(SourceError):
        child.read_frame()

    child.refresh()
    child.set_interval(1)


def test_probe_ends_by_itself_when_its_viewer_is_killed() -> None:
    code = """
import sys
from netinspect.probe.stream import CPU_SHARE
from netinspect.sources import SourceOptions
from netinspect.sources.child import ChildSource
source = ChildSource(SourceOptions(interval=1000))
source.read_frame()
print(source.pid, flush=True)
sys.stdin.read()
"""
    root = Path(__file__).parents[2]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=pipe, stdout=pipe, cwd=root
    ) as viewer:
        assert viewer.stdout is not None
        pid = int(viewer.stdout.readline())
        assert is_running(pid)
        viewer.kill()

    wait_until(lambda: not is_running(pid), "the probe's end")


def is_running(pid: int) -> bool:
    """Tell whether a process has not ended; init may take its time to bury it."""
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
