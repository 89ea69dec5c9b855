"""What is over before the next pass comes, for real: only pulses see it."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest

from netinspect.finding import Finding, Severity, SubjectKind
from tests.lab.judging import Watch, confirm, watch
from tests.lab.netns import Namespace, make_namespace
from tests.lab.sockets import connect, listen, start_connecting
from tests.lab.traffic import again_and_again

pytestmark = pytest.mark.root
NOBODY = "10.9.0.2"
_INTERVAL = 10.0  # no pass of its own accord: there is time for pulses
_TIME = 1.2
_TRIES = 6  # a pass may take all of that time on a busy host


@pytest.fixture
def inside() -> Iterator[Namespace]:
    """Make a namespace with a cable whose other end nobody holds, and a neighbour there."""
    with make_namespace() as namespace:
        for words in (
            "link add out type veth peer name far",
            "address add 10.9.0.1/24 dev out",
            "link set out up",
            "link set far up",
            f"neigh add {NOBODY} lladdr 02:00:00:00:00:02 dev out nud permanent",
        ):
            namespace.run("ip", *words.split())
        yield namespace


def give_up_after(seconds: float) -> None:
    """Connect with a deadline of the program's own, four times at once."""
    clients = [start_connecting(NOBODY, 80) for _ in range(4)]
    time.sleep(seconds)  # the deadline itself
    for client in clients:
        client.close()


def look_now(watched: Watch, code: str) -> list[Finding]:
    """Have a Sample of this moment; return what is told of a code up to it."""
    asked = time.clock_gettime(time.CLOCK_BOOTTIME)
    told: list[Finding] = []
    watched.refresh()
    while watched.sample is None or watched.sample.monotonic < asked:
        watched.look()
        told += watched.told(code)
    return told


def look_later(watched: Watch, code: str) -> list[Finding]:
    """Give pulses some time, then have the Sample that brings them."""
    time.sleep(_TIME)
    return look_now(watched, code)


def test_connects_with_a_short_deadline_are_told_and_go_with_them(inside: Namespace) -> None:
    code = "connect-timeout"
    with watch(inside, interval=_INTERVAL) as watched:
        look_now(watched, code)
        with again_and_again(inside, lambda: give_up_after(0.3)):
            found = (look_later(watched, code) for _ in range(_TRIES))
            finding = next(told[-1] for told in found if told)

            assert finding.severity in (Severity.WARNING, Severity.CRITICAL)
            subject = finding.subject
            assert subject.kind is SubjectKind.DESTINATION
            assert (subject.remote_addr, subject.remote_port) == (NOBODY, 80)
            assert int(finding.value("given_up") or 0) > 0
            assert 0.2 <= float(finding.value("waited") or 0) < 1
            # nothing was sent twice and no counter of failures moved
            assert (finding.value("stuck"), finding.value("retransmits")) == (0, 0)
            assert (finding.value("timeouts"), finding.value("syn_retrans")) == (0, 0)
            confirm(inside, finding)
        for _ in range(3):
            look_later(watched, code)
        assert not watched.told(code)


def test_connects_given_up_at_once_are_silent(inside: Namespace) -> None:
    with watch(inside, interval=_INTERVAL) as watched:
        look_now(watched, "connect-timeout")
        with again_and_again(inside, lambda: give_up_after(0.05)):
            for _ in range(3):
                assert not look_later(watched, "connect-timeout")


def fill_for_a_moment(inside: Namespace, listener: socket.socket) -> None:
    with inside.entered():
        clients = [connect(listener) for _ in range(6)]
    time.sleep(_TIME)
    for client in clients:
        listener.accept()[0].close()
        client.close()


def test_queue_full_for_a_moment_is_told_with_its_peak(inside: Namespace) -> None:
    code = "accept-queue-full"
    with inside.entered():
        listener = listen(backlog=5)
    with watch(inside, interval=_INTERVAL) as watched:
        look_now(watched, code)
        for _ in range(_TRIES):
            fill_for_a_moment(inside, listener)
            if told := look_now(watched, code):
                break

        finding = told[-1]
        assert finding.severity is Severity.INFO
        assert finding.subject.local_port == listener.getsockname()[1]
        assert (finding.value("queue"), finding.value("peak_queue")) == (0, 6)
        assert finding.value("drops") == 0
        for _ in range(2):
            look_now(watched, code)
        assert not watched.told(code)
    listener.close()
