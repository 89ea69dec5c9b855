"""Plain rows explained: every state has its text, numbers are filled in, commands run."""

from __future__ import annotations

import re
import subprocess
from importlib import resources

import pytest

from netinspect.explanations import HEADINGS, parse_template, read_template
from netinspect.finding import BlockKind, Explanation
from netinspect.model import TcpState, Value
from netinspect.panes import PANES
from netinspect.row_explanations import explain_row
from tests.panes.rows import rows_of
from tests.samples import make_sample, make_window, process, tcp, udp

NAMES = sorted(
    path.name.removesuffix(".md")
    for path in resources.files("netinspect.rows").iterdir()
    if path.name.endswith(".md")
)
PANE_FILES = {
    **{"processes": "process", "ports": "listener", "ephemeral": "destination"},
    "descriptors": "descriptors",
}
ROW: dict[str, Value] = {
    **{"proto": "tcp", "local_addr": "10.0.0.1", "local_port": 40000, "remote_addr": "10.0.0.2"},
    **{"remote_port": 5432, "owners": (), "recv_q": 0, "send_q": 4, "timer": "off"},
}


def texts(explanation: Explanation) -> list[str]:
    return [block.text for section in explanation.sections for block in section.blocks]


@pytest.mark.parametrize("state", TcpState, ids=lambda state: state.name)
def test_every_state_has_its_text(state: TcpState) -> None:
    explanation = explain_row("sockets", {**ROW, "state": state.name}, 1.0)

    assert explanation.title.startswith(f"{state.name}: ")


def test_state_newer_than_the_program_gets_the_general_text() -> None:
    explanation = explain_row("sockets", {**ROW, "state": "STATE_77"}, 1.0)

    assert "10.0.0.1:40000 to 10.0.0.2:5432, state STATE_77." in texts(explanation)


@pytest.mark.parametrize("name", NAMES)
def test_files_have_the_headings_of_every_explanation(name: str) -> None:
    title, parts = parse_template(read_template("netinspect.rows", name))
    found = list(dict.fromkeys(part.heading for part in parts))

    assert title
    assert found == [heading for heading in HEADINGS if heading in found]


def test_rows_of_every_pane_are_explained_with_their_numbers() -> None:
    window = make_window(
        make_sample(
            [
                tcp("LISTEN", "0.0.0.0:80", pids=[1], recv_q=3, send_q=128, drops=2),
                tcp("ESTABLISHED", "10.0.0.1:40000", "10.0.0.2:5432", pids=[1], recv_q=9, send_q=0),
                udp("0.0.0.0:53", pids=[1], recv_q=0, drops=0),
            ],
            [process(1, "nginx")],
        )
    )
    said = []
    for pane in PANES[1:]:
        for row in rows_of(pane, window):
            said += texts(explain_row(pane.name, row, 1.0))

    assert "3 connections wait for accept(); the queue holds 128." in said
    assert "9 bytes have arrived that the program has not read yet." in said
    assert "Held by nginx[1]." in said
    assert "10 of 1,024 descriptors are open." in said
    assert not [text for text in said if re.search(r"\bNone\b|\{[a-z_]+\}", text)]


@pytest.mark.parametrize("name", NAMES)
def test_commands_run(name: str) -> None:
    row = {**ROW, "pid": 1, "port": 80, "state": name.removeprefix("socket_").upper()}
    pane = next((p for p, n in PANE_FILES.items() if n == name), "sockets")
    explanation = explain_row(pane, {**row, "proto": "udp"} if "udp" in name else row, 1.0)
    blocks = (block for section in explanation.sections for block in section.blocks)
    for block in blocks:
        if block.kind is BlockKind.COMMAND:
            done = subprocess.run(["bash", "-c", block.text], capture_output=True, text=True)
            assert done.returncode in (0, 1), (block.text, done.stderr)
            assert not done.stderr, (block.text, done.stderr)
