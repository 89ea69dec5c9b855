"""Files in place of a host: `open`, and --from with every command."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from netinspect.commands import COMMANDS
from netinspect.exporters.report_json import EXPORTER as REPORT
from netinspect.parts import Paper
from netinspect.recording.timeline import Moment
from netinspect.recording.writer import RecordingWriter
from netinspect.report import build_report
from tests.commands.cli import COMMAND, run, run_json, service
from tests.exporters.pages import read_page
from tests.moments import busy_moment, document_of, window_of
from tests.recording.moments import web_07
from tests.tui.pty_terminal import PtyTerminal

WIRE = Path(__file__).parent.parent / "wire"
TABLES = ("processes", "sockets", "ports", "ephemeral", "descriptors")
ENVIRONMENT = {**os.environ, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}


@pytest.fixture
def snapshot(tmp_path: Path) -> Path:
    path = tmp_path / "moment.json"
    path.write_bytes(document_of(busy_moment()))
    return path


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recording") / "web-07.nirec"
    writer = RecordingWriter(str(path))
    for moment in web_07():
        writer.append(moment)
    writer.close()
    return path


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    path = tmp_path / "dump"
    path.write_bytes((WIRE / "tcp4.bin").read_bytes())
    return path


def checked(moment: Moment) -> bytes:
    """Return what `check --format json` prints of a moment."""
    report = build_report(window_of(moment), (), moment.explanations)
    return b"".join(REPORT.write(report, Paper()))


def test_check_tells_what_was_found_then(snapshot: Path, recording: Path) -> None:
    moments = web_07()
    last, middle = moments[-1], moments[len(moments) // 2]
    at = time.strftime("%Y-%m-%dT%H:%M:%S", time.localtime(middle.sample.taken_at + 0.5))
    same = [m for m in moments if abs(m.sample.taken_at - middle.sample.taken_at) < 1.0]

    for spec, told in (
        (snapshot, {checked(busy_moment())}),
        (recording, {checked(last)}),
        (f"{recording}@{at}", {checked(moment) for moment in same}),
        (f"{recording}@first", {checked(moments[0])}),
    ):
        done = run("check", "--from", str(spec), "--format", "json")
        assert done.stdout.encode() in told, spec


def test_snapshot_of_a_snapshot_is_the_same(snapshot: Path) -> None:
    assert run("snapshot", "--from", str(snapshot)).stdout.encode() == snapshot.read_bytes()


def test_snapshot_of_this_host_comes_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "here.json"
    assert run("snapshot", "-o", str(path)).returncode == 0

    done = run("snapshot", "--from", str(path))

    assert done.stdout == path.read_text()
    assert run("open", str(path)).stdout.startswith(f"netinspect: {os.uname().nodename}")


def test_anomaly_of_this_host_is_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "full.json"
    with service(backlog=1, clients=2) as port:
        assert run("snapshot", "-o", str(path)).returncode == 0

    document = run_checked("--from", str(path), "--port", str(port))

    (finding,) = (f for f in document["findings"] if f["subject"]["local_port"] == port)
    assert finding["code"] == "accept-queue-full"
    assert {e["name"]: e["value"] for e in finding["evidence"]}["queue"] == 2


def run_checked(*words: str) -> dict[str, Any]:
    """Return what `check` prints as JSON, whatever it finds."""
    document: dict[str, Any] = json.loads(run("check", *words, "--format", "json").stdout)
    return document


def test_every_format_is_written_of_every_file(snapshot: Path, recording: Path, dump: Path) -> None:
    for path in (snapshot, recording, dump):
        for form in ("json", "ndjson", "csv", "html", "text"):
            done = run("snapshot", "--from", str(path), "--format", form)
            assert (done.returncode, bool(done.stdout)) == (0, True), done.stderr


def test_page_explains_what_is_grave_and_has_the_history_of_a_recording(recording: Path) -> None:
    page = read_page(run("snapshot", "--from", str(recording), "--format", "html").stdout)

    articles = page.all("article")
    explained = [article for article in articles if article.all("details")]
    assert len(articles) > len(explained) >= 3
    assert all({"warning", "critical"} & set(article.classes) for article in explained[2:])
    assert page.one("section", id="pane-ports").all("svg", class_="series")


@pytest.mark.parametrize("name", TABLES)
def test_every_pane_shows_every_file(
    name: str, snapshot: Path, recording: Path, dump: Path
) -> None:
    for path in (snapshot, recording, dump):
        document = run_json(name, "--from", str(path), "--format", "json")
        assert document["rows"] or path != recording


def test_filter_pid_and_port_narrow_a_file(snapshot: Path) -> None:
    spec = ("--from", str(snapshot), "--format", "json")

    assert len(run_json("sockets", *spec, "--pid", "702")["rows"]) == 2
    assert len(run_json("sockets", *spec, "--port", "41000")["rows"]) == 1
    assert len(run_json("sockets", *spec, "state", "close-wait")["rows"]) == 1
    assert len(run_json("sockets", *spec, "severity", ">=", "info")["rows"]) >= 1


def test_rates_are_those_of_then(snapshot: Path) -> None:
    rows = run_json("sockets", "--from", str(snapshot), "--format", "json", "port", "41000")["rows"]

    assert rows[0]["send_rate"] == 7.0


def test_dump_is_judged_and_lacks_what_it_lacks(dump: Path) -> None:
    done = run("open", str(dump))

    assert done.returncode == 0
    assert "note: dump: a dump of ss names no processes" in done.stdout
    assert run("check", "--from", str(dump)).returncode in (0, 1, 2)


def test_attached_explanations_travel(snapshot: Path) -> None:
    heading = "How to confirm"

    assert heading in run("open", str(snapshot)).stdout
    assert heading in run("check", "--from", str(snapshot)).stdout


def test_silenced_now_is_not_told(snapshot: Path) -> None:
    assert run("check", "--from", str(snapshot), "--silence", "*").returncode == 0


@pytest.mark.parametrize("name", ["explain", "doctor"])
def test_other_commands_look_into_files(name: str, snapshot: Path) -> None:
    words = ["Connection refused"] if name == "explain" else []

    done = run(name, "--from", str(snapshot), *words)

    assert done.returncode == 0
    if name == "explain":
        told = "This host is web-07, and now is 2023-11-14 22:13:22 UTC"
        assert done.stdout.splitlines()[0] == told


def test_pipe_standard_input_and_gzip_are_opened(snapshot: Path, recording: Path) -> None:
    wanted = run("open", str(snapshot)).stdout
    packed = snapshot.with_suffix(".gz")
    packed.write_bytes(gzip.compress(snapshot.read_bytes()))
    shell = ("bash", "-c", '"$@" <(cat "$0")', str(snapshot))

    assert run("open", str(packed)).stdout == wanted
    assert run("open", prefix=shell).stdout == wanted
    for path in (snapshot, recording):
        with path.open("rb") as file:
            done = run("open", "-", stdin=file)
        assert done.stdout == run("open", str(path)).stdout


def test_nothing_is_left_of_standard_input(snapshot: Path, tmp_path: Path) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    with snapshot.open("rb") as file:
        done = run("open", "-", stdin=file, env={**os.environ, "TMPDIR": str(folder)})

    assert done.returncode == 0
    assert list(folder.iterdir()) == []


def test_temporary_name_is_not_told(recording: Path) -> None:
    done = run("open", "-", prefix=("bash", "-c", 'head -c 60 "$0" | "$@"', str(recording)))

    assert done.returncode == 1
    assert done.stderr.startswith("netinspect: standard input is no recording: ")


def test_path_that_exists_has_no_time(snapshot: Path) -> None:
    odd = snapshot.rename(snapshot.with_name("a@14:05"))

    assert run("open", str(odd)).returncode == 0


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot open {}: No such file or directory"),
        (b"", "x is empty"),
        (b"proto,state\n", "x is CSV: write snapshots as JSON"),
        (b'{"schema":"netinspect.snapshot/2"}', "x is netinspect.snapshot/2, which this version"),
        (gzip.compress(b"hello"), "x is nothing that can be opened"),
        (gzip.compress(b"{}" * 99)[:-9], "x is damaged: it is cut off"),
        (gzip.compress(bytes(65 << 20)), "x is too large for a snapshot"),
        (b"\x1f\x8b\x08\x04" + bytes(40), "x"),
        (b"\x14\x00\x00\x00\x14\x00\xff" + bytes(13), "x"),
    ],
    ids=["missing", "empty", "csv", "newer", "text.gz", "cut.gz", "bomb", "extra", "netlink"],
)
def test_what_cannot_be_opened_is_said(content: bytes | None, message: str, tmp_path: Path) -> None:
    path = tmp_path / "x"
    if content is not None:
        path.write_bytes(content)

    for words, code in ((("open", str(path)), 1), (("check", "--from", str(path)), 3)):
        done = run(*words)
        assert (done.returncode, done.stdout) == (code, "")
        assert done.stderr.startswith("netinspect: ")
        assert message.format(path) in done.stderr
        assert len(done.stderr.splitlines()) <= 2


@pytest.mark.parametrize("path", ["/dev/zero", "/", "/dev/null"])
def test_what_is_no_file_is_refused(path: str) -> None:
    done = run("open", path)

    assert (done.returncode, done.stderr) == (
        1,
        f"netinspect: cannot open {path}: it is no file\n",
    )


def test_time_that_is_none_is_told(recording: Path) -> None:
    done = run("open", f"{recording}@noon")

    assert done.returncode == 2
    assert "web-07.nirec: `noon` is not a time" in done.stderr


def test_torn_tail_is_told(recording: Path, tmp_path: Path) -> None:
    torn = tmp_path / "torn.nirec"
    torn.write_bytes(recording.read_bytes()[:-5])

    done = run("ports", "--from", str(torn))

    assert done.returncode == 0
    assert "netinspect: torn.nirec: torn tail: " in done.stderr


@pytest.mark.parametrize("there", [False, True])
def test_name_of_a_file_cannot_draw_on_the_terminal(
    there: bool, recording: Path, tmp_path: Path
) -> None:
    path = tmp_path / "\x1b[2J\nx"
    if there:
        path.write_bytes(recording.read_bytes()[:-5])

    done = run("ports", "--from", str(path))

    assert "\x1b" not in done.stderr
    assert "\\x1b[2J\\x0ax: " in done.stderr.splitlines()[0]


def test_sudo_has_nothing_to_do_with_a_file(snapshot: Path) -> None:
    done = run("ports", "--sudo", "--from", str(snapshot))

    assert (done.returncode, done.stderr.splitlines()[0]) == (
        2,
        "netinspect: --sudo reads this host, and --from a file",
    )


def test_no_probe_is_started(snapshot: Path) -> None:
    code = (
        "import sys; from netinspect.cli import main; main(sys.argv[1:]); "
        "print(*sys.modules, file=sys.stderr)"
    )
    words = [sys.executable, "-c", code, "ports", "--from", str(snapshot)]
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60)
    modules = set(done.stderr.split())

    assert not modules & {"textual", "netinspect.sources.child", "netinspect.probe.probe"}


def test_commands_that_look_take_files() -> None:
    without = {"open", "help", "record", "diff"}

    for name in set(COMMANDS) - without:
        help_text = run("--help" if name == "view" else name, "--help").stdout
        assert "--from FILE[@TIME]" in help_text, name


@pytest.mark.parametrize("piped", [False, True])
def test_screen_shows_a_file_and_takes_keys(snapshot: Path, piped: bool) -> None:
    words = [*COMMAND, "open", "-" if piped else str(snapshot)]
    if piped:
        words = ["bash", "-c", 'cat "$0" | "$@"', str(snapshot), *words]
    terminal = PtyTerminal(words, ENVIRONMENT, 120, 36)

    try:
        terminal.wait_for("nginx")
        terminal.send("3")
        terminal.wait_for("41000")
        terminal.send("q")
        assert terminal.wait_exit() == 0
    finally:
        terminal.close()
