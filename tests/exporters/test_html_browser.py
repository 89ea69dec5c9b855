"""The page of a whole Report in a real browser, on a desk and on a phone."""

from __future__ import annotations

import html
import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from netinspect.exporters.html_report import EXPORTER
from tests.exporters.browser import BROWSER
from tests.exporters.hostile import hostile
from tests.exporters.pages import recorded
from tests.exporters.reports import written

ATTACK = "\"'><script>parent.bitten = 1</script><img src=/stolen onerror='parent.bitten = 2'>"
DESK = """<!DOCTYPE html><title>desk and phone</title>
<iframe src="/report" width="1280" height="800"></iframe>
<iframe src="/report" width="390" height="800"></iframe>
<iframe src="/hostile" width="390" height="800"></iframe>
<script>
function look(frame) {
  const page = frame.contentDocument, root = page.documentElement;
  const table = page.querySelector("#pane-processes table");
  const column = [...table.tHead.rows[0].cells].findIndex((cell) => cell.textContent === "PID");
  const button = table.tHead.rows[0].cells[column].querySelector("button");
  const pids = () => [...table.tBodies[0].rows].map((row) => Number(row.cells[column].textContent));
  button.click();
  const falling = pids();
  button.click();
  return {
    wider: root.scrollWidth - frame.clientWidth,
    spilling: [...page.querySelectorAll("td, th, header, main")]
      .filter((part) => part.scrollWidth > part.clientWidth + 1)
      .map((part) => part.textContent.slice(0, 40)),
    styled: frame.contentWindow.getComputedStyle(page.body).marginTop === "0px",
    falling, rising: pids(),
  };
}
onload = () => {
  const seen = [...document.querySelectorAll("iframe")].map(look);
  document.body.textContent = JSON.stringify({ seen, bitten: window.bitten ?? null });
};
</script>
"""


@contextmanager
def serving(pages: dict[str, str]) -> Iterator[tuple[str, list[str]]]:
    """Serve pages on the loopback; yields the address and what is asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200 if self.path in pages else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(pages.get(self.path, "").encode())

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", asked
        finally:
            server.shutdown()
            thread.join()


def browse(address: str, profile: Path) -> tuple[dict[str, Any], str]:
    """Open an address; returns what the page found out, and what the browser complained about."""
    command = [
        *BROWSER,
        "--enable-logging=stderr",
        "--dump-dom",
        f"--user-data-dir={profile}",
        address,
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=True)
    found = re.search(r"<body>(\{.*?\})</body>", done.stdout, re.DOTALL)
    assert found, done.stdout[-500:]
    return json.loads(html.unescape(found[1])), done.stderr


def test_page_works_and_asks_for_nothing(tmp_path: Path) -> None:
    pages = {
        "/": DESK,
        "/report": written(EXPORTER, recorded()),
        "/hostile": written(EXPORTER, hostile(ATTACK)),
    }

    with serving(pages) as (address, asked):
        found, complaints = browse(address, tmp_path)

    assert set(asked) - {"/favicon.ico"} == set(pages)  # the icon is that of the frame around
    assert found["bitten"] is None
    assert "Content Security Policy" not in complaints
    for frame in found["seen"]:
        assert frame["wider"] <= 0
        assert frame["spilling"] == []
        assert frame["styled"]
        assert frame["rising"] == sorted(frame["falling"]) == frame["falling"][::-1]
    assert len(found["seen"][0]["rising"]) == len(recorded().tables["processes"].order)
