"""`netinspect`: the screen, or the text report where there is no terminal to draw on.

Of this host, or of a file.
"""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any

from netinspect.commands.arguments import (
    add_target_arguments,
    filter_text,
    parse_filter,
    parse_interval,
)
from netinspect.commands.config_file import (
    add_judgement_arguments,
    read_judgement,
    says_how_to_judge,
)
from netinspect.errors import Exit, NetinspectError

if TYPE_CHECKING:
    from netinspect.parts import Source
    from netinspect.tui.tape import Recorder

_NO_SCREEN = ("", "dumb", "unknown")
_ASCII_TERMINALS = ("linux", "vt100", "vt102", "vt220")
_FIRST_WAITS = (0.4, 0.6)  # seconds
_HINT = "for text instead: netinspect | cat"


class ViewCommand:
    """Shows this host until told to quit."""

    name = "view"
    help = "see which socket, port, queue or limit of this host is going wrong"

    def configure(self, parser: argparse.ArgumentParser) -> None:
        """Declare the arguments."""
        add_target_arguments(parser)
        add_judgement_arguments(parser)
        parser.add_argument(
            "--interval",
            metavar="SECONDS",
            type=parse_interval,
            default=2.0,
            help="time between samples (default: %(default)g); stretches when a pass is dear",
        )
        add_screen_arguments(parser)

    def run(self, arguments: argparse.Namespace) -> int:
        """Open the screen; where stdout is no terminal, print the text report."""
        return view(arguments)


def add_screen_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare how to draw: --ascii, --no-mouse."""
    parser.add_argument(
        "--ascii", action="store_true", help="draw with ASCII only (found out by itself)"
    )
    parser.add_argument("--no-mouse", action="store_true", help="leave the mouse to the terminal")


def view(arguments: argparse.Namespace) -> int:
    """Open the screen; where stdout is no terminal, print the text report."""
    if sys.stdout is None or not sys.stdout.isatty():
        from netinspect.commands.text_report import print_text_report

        return print_text_report(arguments)
    _check_terminal()
    if filter_text(arguments):
        parse_filter(arguments)  # a wrong filter is told here, not on the screen
    if arguments.file is not None:
        return _show_file(arguments)
    _check_keyboard()
    return _show(arguments, _open(arguments))


def _check_terminal() -> None:
    """Raise NetinspectError where a screen cannot be drawn."""
    name = os.environ.get("TERM", "")
    if name in _NO_SCREEN:
        said = f"TERM={name}" if name else "TERM is not set"
        raise NetinspectError(f"this terminal cannot show a screen ({said})", _HINT)


def _check_keyboard() -> None:
    """Raise NetinspectError where keys cannot be read."""
    if sys.stdin is None or not sys.stdin.isatty():
        raise NetinspectError("standard input is no terminal: no key could be read", _HINT)


def _take_keyboard() -> None:
    """Read keys from the terminal although standard input came from elsewhere."""
    try:
        terminal = os.open("/dev/tty", os.O_RDWR | os.O_CLOEXEC)
    except OSError as error:
        message = f"no key could be read: /dev/tty: {error.strerror}"
        raise NetinspectError(message, _HINT) from error
    os.dup2(terminal, 0)
    os.close(terminal)


def _open(arguments: argparse.Namespace) -> Source:
    """Start the probe: it works while Textual and numpy are imported."""
    from netinspect.sources import Kind, SourceOptions, open_source

    options = SourceOptions(Kind(arguments.source), arguments.sudo, arguments.interval)
    return open_source(options)


def _show(arguments: argparse.Namespace, source: Source) -> int:
    try:
        # Brings numpy, for which the first frame should not wait in vain.
        judgement = read_judgement(arguments) if says_how_to_judge(arguments) else None
        _run_app(
            arguments,
            source=source,
            judgement=judgement,
            reopen=lambda: _open(arguments),
            prompts=arguments.sudo and os.geteuid() != 0,
            interval=arguments.interval,
            first_waits=_FIRST_WAITS,
            start_recording=_start_recording,
        )
    finally:
        source.close()
    return Exit.OK


def _show_file(arguments: argparse.Namespace) -> int:
    from netinspect.commands.arguments import source_options
    from netinspect.sources.opened import open_file, split_spec
    from netinspect.sources.spool import STDIN

    source_options(arguments)  # raises UsageError where a file makes no sense
    from_stdin = split_spec(arguments.file)[0] == STDIN
    if not from_stdin:
        _check_keyboard()
    with closing(open_file(arguments.file, read_judgement(arguments))) as opened:
        if from_stdin:
            _take_keyboard()
        _run_app(
            arguments,
            timeline=opened.timeline,
            at=opened.index,
            name=opened.name,
            note=opened.note,
        )
    return Exit.OK


def _start_recording(name: str) -> Recorder:
    """Open a recording in the working directory, or go on with it."""
    from netinspect.recording.writer import RecordingWriter

    return RecordingWriter(name)


def _run_app(arguments: argparse.Namespace, **shown: Any) -> None:
    """Run the screen. shown: the settings that say what it shows."""
    from netinspect.cells import ASCII, UNICODE
    from netinspect.commands.filter_file import read_filters, write_filters
    from netinspect.commands.screen_export import ScreenExport
    from netinspect.tui.app import NetinspectApp
    from netinspect.tui.filter_history import FilterHistory
    from netinspect.tui.settings import Settings
    from netinspect.tui.terminal import AsciiDriver, TerminalDriver

    ascii_only = arguments.ascii or not _shows_unicode()
    settings = Settings(
        glyphs=ASCII if ascii_only else UNICODE,
        ascii=ascii_only,
        filter=filter_text(arguments),
        history=FilterHistory(read_filters(), write_filters),
        export=ScreenExport(),
        **shown,
    )
    app = NetinspectApp(settings, AsciiDriver if ascii_only else TerminalDriver)
    app.run(mouse=not arguments.no_mouse)
    if app.crash is not None:
        hint = "this is a defect; `netinspect | cat` and the other commands do without the screen"
        raise NetinspectError(f"the screen failed: {app.crash}", hint)


def _shows_unicode() -> bool:
    """Tell whether locale and terminal take more than ASCII.

    Python makes UTF-8 of the C locale by itself, so the locale that was asked for decides.
    """
    asked = next(
        (value for name in ("LC_ALL", "LC_CTYPE", "LANG") if (value := os.environ.get(name))), ""
    )
    encoding = (sys.stdout.encoding or "").lower().replace("-", "")
    return (
        encoding == "utf8"
        and "utf" in asked.lower()
        and os.environ.get("TERM") not in _ASCII_TERMINALS
    )


COMMAND = ViewCommand()
