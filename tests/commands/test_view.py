"""The screen from the command line."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tests.tui.pty_terminal import PtyTerminal

_TELLS_NUMPY = """
import sys, threading
def hook(event, arguments):
    if event == "import" and arguments[0] == "numpy":
        with open(sys.argv[1], "w") as file:
            file.write(threading.current_thread().name)
sys.addaudithook(hook)
from netinspect.cli import main
sys.exit(main([]))
"""


def test_frame_does_not_wait_for_numpy(tmp_path: Path) -> None:
    told = tmp_path / "thread"
    environment = {**os.environ, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}
    terminal = PtyTerminal([sys.executable, "-c", _TELLS_NUMPY, str(told)], environment)

    try:
        terminal.wait_for("processes")
        terminal.send("q")
        terminal.wait_exit()
    finally:
        terminal.close()

    # In the main thread it would come before the frame that this thread paints.
    assert told.read_text() not in ("", "MainThread")
