"""What is read in single lines: the class, the end, the process, the runtime."""

from __future__ import annotations

import pytest

from netinspect.errortexts.recognise import recognise_line
from tests.errortexts.lines import LINES, Line


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.text[-60:])
def test_line_is_read(line: Line) -> None:
    told = recognise_line(line.text)

    found = told and (told.error.name, told.towards, told.pid, told.runtime)
    assert found == (line[:4] if line.error else None)


@pytest.mark.parametrize(
    ("prefix", "pid"),
    [
        ("Nov 25 14:18:00 web-07 app[812]: ", 812),
        ("2026-11-25T14:18:00.123+01:00  INFO 812 --- [app] [main] c.e.App : ", 812),
        ("[2026-11-25 14:18:00 +0000] [812] [ERROR] ", 812),
        ("2026-11-25 14:18:00.123 UTC [812] LOG:  ", 812),
        ("pid=812 ", 812),
        ("worker pid 0: ", None),
        ("[812] ", None),
    ],
)
def test_process_is_read_from_what_loggers_write(prefix: str, pid: int | None) -> None:
    sighting = recognise_line(prefix + "Connection refused")

    assert sighting is not None
    assert sighting.pid == pid


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("10.2.0.1:40000->10.2.0.9:5432", ["10.2.0.9:5432", "10.2.0.1:40000"]),
        ("10.2.0.1:8080->192.0.2.7:51000", ["10.2.0.1:8080", "192.0.2.7:51000"]),
        ("at 10.2.0.1:80 after 10.2.0.9:81", ["10.2.0.9:81"]),
        ("[::ffff:10.2.0.9]:80", ["10.2.0.9:80"]),
        ("[2001:DB8:0::9%eth0]:80", ["[2001:db8::9]:80"]),
        ("localhost:99999 and port: 80", ["port 80"]),
        ("*:80", ["port 80"]),
        ("999.1.1.1:80", ["999.1.1.1:80"]),
        ("at 12:34:56", []),
    ],
)
def test_ends_are_written_as_the_kernel_writes_them(text: str, ends: list[str]) -> None:
    sighting = recognise_line(f"connection reset {text}")

    assert sighting is not None
    assert [end.text for end in sighting.ends] == ends


def test_udp_is_told_from_tcp() -> None:
    udp = recognise_line("listen udp 127.0.0.1:53: bind: address already in use")
    tcp = recognise_line("listen tcp 127.0.0.1:53: bind: address already in use")

    assert udp is not None
    assert tcp is not None
    assert (udp.udp, tcp.udp) == (True, False)


def test_colours_of_a_terminal_do_not_hide_an_error() -> None:
    sighting = recognise_line("\x1b[31mERROR\x1b[0m connection \x1b[1mrefused\x1b[0m 10.2.0.9:80")

    assert sighting is not None
    assert (sighting.error.name, sighting.towards) == ("refused", "10.2.0.9:80")
    assert "\x1b" not in sighting.text


def test_error_deep_in_a_long_line_is_found_and_shown() -> None:
    sighting = recognise_line("x" * 50_000 + " Connection refused 10.2.0.9:80 " + "y" * 50_000)

    assert sighting is not None
    assert "Connection refused" in sighting.text
    assert len(sighting.text) <= 300
    assert sighting.towards == "10.2.0.9:80"
