"""Makes the pictures in this folder: `python -m screenshots.make`, from a recording of web-07.

SVG always, PNG beside it where rsvg-convert is installed; the page of a report where chromium and
pdftocairo (poppler-utils) are.
"""

from __future__ import annotations

import asyncio
import html
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from textual.pilot import Pilot

from netinspect.cells import UNICODE
from netinspect.exporters.html_report import EXPORTER
from netinspect.parts import Paper
from netinspect.tui.app import NetinspectApp
from netinspect.tui.settings import Settings
from tests.exporters.browser import BROWSER
from tests.exporters.pages import recorded
from tests.recordings.replay import ReplaySource

FOLDER = Path(__file__).parent
_PNG_WIDTH = 1400
_DEADLINE = 30.0
_TEXT = re.compile(
    r'<text (?P<style>class="[^"]+") x="(?P<x>[\d.]+)" y="(?P<y>[\d.]+)"'
    r' textLength="(?P<length>[\d.]+)" (?P<clip>clip-path="[^"]+")>(?P<text>[^<]+)</text>'
)
_DIGITS = re.compile(r"(\d\.\d\d)\d+")
_ALIKE = re.compile(r'(<g style="[^"]+">\n)((?:  <use [^>]+>\n</g>\n\1)+)')
_WORD = re.compile(r"[^\s─━]+|[─━]{1,4}")


@dataclass(frozen=True, slots=True)
class Picture:
    """One screen: its size in cells, and the keys that lead there."""

    name: str
    size: tuple[int, int]
    keys: tuple[str, ...] = ()


PICTURES = (
    Picture("dashboard", (140, 40)),
    Picture("ports", (100, 30), ("4",)),
    Picture("ephemeral", (124, 24), ("5",)),
    Picture("explain", (140, 40), ("e",)),
    Picture("past", (124, 24), ("4", "left_square_bracket", "left_square_bracket")),
    Picture("narrow", (80, 24), ("4",)),
    Picture("narrow-anomalies", (80, 24), ("1",)),
    Picture("narrow-explain", (80, 24), ("1", "e")),
)


def main() -> None:
    """Make all pictures."""
    os.environ["TZ"] = "UTC"
    time.tzset()
    _print(FOLDER / "report.svg")
    for picture in PICTURES:
        svg = FOLDER / f"{picture.name}.svg"
        svg.write_text(_place_words(asyncio.run(_draw(picture))))
        _convert(svg)
        print(svg.relative_to(FOLDER.parent))


def _print(svg: Path) -> None:
    """Print the page of the recorded host, and keep the first sheet."""
    if not shutil.which("chromium") or not shutil.which("pdftocairo"):
        return
    with tempfile.TemporaryDirectory() as folder:
        page, sheets = Path(folder) / "report.html", Path(folder) / "report.pdf"
        page.write_bytes(b"".join(EXPORTER.write(recorded(), Paper())))
        options = (f"--user-data-dir={folder}", "--no-pdf-header-footer")
        command = [*BROWSER, *options, f"--print-to-pdf={sheets}", page.as_uri()]
        subprocess.run(command, check=True, timeout=60, stderr=subprocess.DEVNULL)
        convert = ["pdftocairo", "-svg", "-f", "1", "-l", "1", str(sheets), str(svg)]
        subprocess.run(convert, check=True, timeout=60)
    drawing = _DIGITS.sub(r"\1", svg.read_text())
    drawing = _ALIKE.sub(lambda run: run[1] + run[2].replace(f"</g>\n{run[1]}", ""), drawing)
    paper = r'\1<rect width="100%" height="100%" fill="#fff"/>'
    svg.write_text(re.sub(r"(<svg [^>]*>)", paper, drawing, count=1))
    print(svg.relative_to(FOLDER.parent))


async def _draw(picture: Picture) -> str:
    source = ReplaySource()
    app = NetinspectApp(Settings(source=source, reopen=lambda: source, glyphs=UNICODE))
    async with app.run_test(size=picture.size) as pilot:
        await _until(pilot, lambda: app.status.shown_at == source.last_at)
        await pilot.press(*picture.keys)
        await _until(pilot, _rests(app))
        return app.export_screenshot(title=f"netinspect · {source.target}")


async def _until(pilot: Pilot[None], condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _DEADLINE
    while not condition():
        assert time.monotonic() < deadline, "the screen never got there"
        await pilot.pause(0.05)


def _rests(app: NetinspectApp) -> Callable[[], bool]:
    """Tell whether the screen has stopped to change."""
    seen: list[str] = []

    def rests() -> bool:
        seen.append(app.export_screenshot())
        return len(seen) > 3 and len(set(seen[-3:])) == 1

    return rests


def _place_words(svg: str) -> str:
    """Give every word its own place: not every viewer knows textLength or keeps leading blanks."""
    return _TEXT.sub(_words, svg)


def _words(line: re.Match[str]) -> str:
    cells = html.unescape(line["text"])
    cell = float(line["length"]) / len(cells)
    return "".join(
        f'<text {line["style"]} x="{float(line["x"]) + word.start() * cell:.1f}" y="{line["y"]}"'
        f' textLength="{len(word[0]) * cell:.1f}" {line["clip"]}>{html.escape(word[0])}</text>'
        for word in _WORD.finditer(cells)
    )


def _convert(svg: Path) -> None:
    if shutil.which("rsvg-convert"):
        png = svg.with_suffix(".png")
        subprocess.run(
            ["rsvg-convert", "-w", str(_PNG_WIDTH), str(svg), "-o", str(png)], check=True
        )


if __name__ == "__main__":
    main()
