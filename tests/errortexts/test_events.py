"""What lines mean together: stack traces, logs of them, and what is no trace."""

from __future__ import annotations

import pytest

from netinspect.errortexts.events import EventReader, Told

JAVA = """\
Exception in thread "main" org.apache.http.conn.HttpHostConnectException: \
Connect to 10.2.0.9:5432 failed: Connection refused
\tat org.apache.http.impl.conn.Connector.connect(Connector.java:156)
Caused by: java.net.ConnectException: Connection refused
\tat java.base/sun.nio.ch.Net.pollConnect(Native Method)
\t... 7 more
"""
CHAIN = """\
Traceback (most recent call last):
  File "/usr/lib/python3.11/socket.py", line 836, in create_connection
    sock.connect(sa)
ConnectionRefusedError: [Errno 111] Connection refused

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/app/get.py", line 3, in <module>
    raise Unavailable("timed out: 10.2.0.9:80")
app.Unavailable: timed out: 10.2.0.9:80
"""
DOTNET = """\
System.Net.Http.HttpRequestException: Connection refused (10.2.0.9:5000)
 ---> System.Net.Sockets.SocketException (111): Connection refused
   at System.Net.Sockets.Socket.AwaitableSocketAsyncEventArgs.ThrowException(SocketError error)
   --- End of inner exception stack trace ---
   at Program.Main(String[] args) in /src/Program.cs:line 1
"""
NODE = """\
TypeError: fetch failed
    at node:internal/deps/undici/undici:13510:13 {
  [cause]: Error: connect ECONNREFUSED 10.2.0.9:80
      at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1611:16) {
    errno: -111,
    code: 'ECONNREFUSED',
    address: '10.2.0.9',
    port: 80
  }
}
"""


def read(text: str) -> list[Told]:
    return list(EventReader().read(text.splitlines(keepends=True)))


def only(text: str) -> Told:
    (told,) = read(text)
    return told


@pytest.mark.parametrize(
    ("text", "line", "towards", "runtime"),
    [
        (JAVA, 3, "10.2.0.9:5432", "java"),
        (CHAIN, 4, "10.2.0.9:80", "python"),
        (DOTNET, 2, "10.2.0.9:5000", "dotnet"),
        (NODE, 3, "10.2.0.9:80", "node"),
    ],
    ids=["java", "python", "dotnet", "node"],
)
def test_trace_is_one_event_and_its_root_cause_is_told(
    text: str, line: int, towards: str, runtime: str
) -> None:
    sighting = only(text).sighting

    assert (sighting.error.name, sighting.line) == ("refused", line)
    assert (sighting.towards, sighting.runtime) == (towards, runtime)


def test_traces_one_after_the_other_count_one_by_one() -> None:
    assert len(read(JAVA * 3)) == 3
    assert len(read(CHAIN * 3)) == 3
    assert len(read(DOTNET * 3)) == 3
    assert len(read(NODE * 3)) == 3


@pytest.mark.parametrize("trace", [JAVA, CHAIN], ids=["java", "python"])
def test_line_of_the_logger_belongs_to_its_trace(trace: str) -> None:
    log = f"2026-11-25 14:18:00 ERROR [812] failed: Connection refused\n{trace}"

    events = read(log * 2)

    assert [(told.sighting.error.name, told.at) for told in events] == [
        ("refused", "2026-11-25 14:18:00")
    ] * 2


def test_lines_that_each_have_a_time_count_one_by_one() -> None:
    log = "2026-11-25 14:18:00 connection reset\n2026-11-25 14:18:01 connection reset\n"

    assert [told.at for told in read(log)] == ["2026-11-25 14:18:00", "2026-11-25 14:18:01"]


def test_lines_without_time_count_one_by_one() -> None:
    assert len(read("connection reset\n" * 5)) == 5


def test_text_that_is_indented_as_a_whole_is_read_as_it_is_without() -> None:
    lines = "connection reset\nconnection refused\n" + JAVA + CHAIN

    indented = read("".join(f"    {line}" for line in lines.splitlines(keepends=True)))

    assert [t.sighting.error.name for t in indented] == [t.sighting.error.name for t in read(lines)]
    assert len(indented) == 4


@pytest.mark.parametrize(
    "prefix",
    [
        "Nov 25 14:18:00 web-07 app[812]: ",
        "2026-11-25T14:18:00.123456Z stdout F ",
        "app-1  | ",
    ],
)
def test_trace_is_one_event_where_each_line_has_a_prefix(prefix: str) -> None:
    log = "".join(prefix + line for line in JAVA.splitlines(keepends=True))

    sighting = only(log).sighting

    assert (sighting.error.name, sighting.towards) == ("refused", "10.2.0.9:5432")


@pytest.mark.parametrize(
    ("words", "frame", "name"),
    [
        ("socket.timeout: timed out", "    sock.connect(sa)", "connect-timeout"),
        ("TimeoutError: timed out", "    return self._sock.recv_into(b)", "read-timeout"),
        ("TimeoutError: timed out", "    work()", "timeout"),
        ("OSError: [Errno 98] Address already in use", "    s.bind((host, 80))", "port-in-use"),
        ("OSError: [Errno 98] Address already in use", "    s.bind(('', 0))", "no-source-port"),
        (
            "OSError: [Errno 99] Cannot assign requested address",
            "    return socket.create_server(('192.0.2.1', 80))",
            "address-not-here",
        ),
        (
            "OSError: [Errno 99] Cannot assign requested address",
            "    sock.connect(sa)",
            "no-local-port",
        ),
    ],
)
def test_frames_tell_what_the_words_leave_open_in_python(words: str, frame: str, name: str) -> None:
    trace = f'Traceback (most recent call last):\n  File "a.py", line 1, in f\n{frame}\n{words}\n'

    assert only(trace).sighting.error.name == name


@pytest.mark.parametrize(
    ("words", "frame", "name"),
    [
        (
            "Address already in use",
            "java.net.ServerSocket.bind(ServerSocket.java:395)",
            "port-in-use",
        ),
        ("Address already in use", "java.net.Socket.bind(Socket.java:713)", "no-source-port"),
        (
            "Cannot assign requested address",
            "java.net.ServerSocket.bind(ServerSocket.java:395)",
            "address-not-here",
        ),
        (
            "Cannot assign requested address",
            "java.net.Socket.connect(Socket.java:633)",
            "no-local-port",
        ),
    ],
)
def test_frames_tell_what_the_words_leave_open_in_java(words: str, frame: str, name: str) -> None:
    trace = f"java.net.BindException: {words}\n\tat java.base/{frame}\n"

    assert only(trace).sighting.error.name == name


def test_code_shown_in_a_trace_is_no_error() -> None:
    trace = CHAIN.replace("sock.connect(sa)", 'raise OSError("Connection reset by peer")')

    assert only(trace).sighting.error.name == "refused"


def test_line_that_comes_in_pieces_is_one() -> None:
    reader = EventReader()

    events = list(reader.read(["x" * 10, " connection refused", " 10.2.0.9:80\n", "end"]))

    assert len(events) == 1
    assert reader.lines == 2


def test_lines_end_as_they_do_on_windows_too() -> None:
    sighting = only(JAVA.replace("\n", "\r\n")).sighting

    assert sighting.text.endswith("Connection refused")


def test_event_without_end_stays_small() -> None:
    reader = EventReader()
    lines = ["connection refused\n", *["\tat connection reset\n"] * 100_000]

    (told,) = reader.read(lines)

    assert told.sighting.error.name == "refused"
    assert reader.lines == 100_001
