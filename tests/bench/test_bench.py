"""The benchmarks run; what they print is for people, and no test looks at a time."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.bench.__main__ import BENCHMARKS, main
from tests.bench.contest import Contender, hold_contest
from tests.bench.load import Load, loaded

pytestmark = pytest.mark.root


def count(*words: str) -> int:
    done = subprocess.run(["ss", "-tanH", *words], capture_output=True, text=True, check=True)
    return len(done.stdout.splitlines())


def test_load_is_as_large_as_asked_and_goes_with_its_processes() -> None:
    before = set(Path("/proc").glob("[0-9]*"))
    with loaded(Load(42, processes=2, time_waits=6)):
        counts = [count("state", state) for state in ("established", "time-wait", "listening")]
        holders = set(Path("/proc").glob("[0-9]*")) - before

    assert counts == [42, 6, 2]
    assert len(holders) >= 2
    assert not any(b"bench/holder.py" in read(holder / "cmdline") for holder in holders)


def read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:  # gone, as it shall
        return b""


def test_load_that_one_process_cannot_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="in one process"), loaded(Load(20_000, processes=1)):
        pass


@pytest.mark.parametrize("name", ["start", "one-shot", "keys", "decode", "filters"])
def test_benchmark_prints_figures(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    main([name, "--sockets", "40", "--rounds", "1", "--seconds", "0.2"])

    output = capsys.readouterr().out
    assert f"{name}: " in output
    assert " 1.00" in output or "p97" in output


def test_recording_prints_figures(capsys: pytest.CaptureFixture[str]) -> None:
    main(["recording", "--sockets", "40"])

    output = capsys.readouterr().out
    assert "bytes a socket and sample" in output
    assert "step back" in output


def test_peer_that_is_not_installed_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    there = Contender(("true",))

    hold_contest([there, Contender(("no-such-peer", "-x"))], there.title, rounds=1)

    assert "not installed, left out: no-such-peer -x" in capsys.readouterr().out


def test_names_are_told_apart() -> None:
    assert len({benchmark.name for benchmark in BENCHMARKS}) == len(BENCHMARKS)
