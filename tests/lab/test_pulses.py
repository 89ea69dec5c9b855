"""What is over before the next pass comes, for real: only pulses see it."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from netinspect.finding import Severity, SubjectKind
from tests.lab.judging import confirm, watch
from tests.lab.netns import Namespace, make_namespace
from tests.lab.sockets import connect, listen, start_connecting
from tests.lab.traffic import again_and_again

pytestmark = pytest.mark.root
NOBODY = "10.9.0.2"


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


def test_connects_with_a_short_deadline_are_told_and_go_with_them(inside: Namespace) -> None:
    with watch(inside, interval=1.5) as watched:
        with again_and_again(inside, lambda: give_up_after(0.3)):
            finding = watched.wait_for("connect-timeout")

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
        watched.wait_gone("connect-timeout")


def test_connects_given_up_at_once_are_silent(inside: Namespace) -> None:
    with (
        watch(inside, interval=1.5) as watched,
        again_and_again(inside, lambda: give_up_after(0.05)),
    ):
        watched.look(4)

        assert not watched.told("connect-timeout")


def test_queue_full_for_a_moment_is_told_with_its_peak(inside: Namespace) -> None:
    with inside.entered():
        listener = listen(backlog=5)
    with watch(inside, interval=2.0) as watched:
        watched.look()
        with inside.entered():
            clients = [connect(listener) for _ in range(6)]
        time.sleep(0.6)  # how long the queue is full: two pulses
        served = [listener.accept()[0] for _ in clients]

        watched.refresh()
        finding = watched.wait_for("accept-queue-full")

        assert finding.severity is Severity.INFO
        assert finding.subject.local_port == listener.getsockname()[1]
        assert (finding.value("queue"), finding.value("peak_queue")) == (0, 6)
        assert finding.value("drops") == 0
        for _ in range(3):
            watched.refresh()
            watched.look()
        assert not watched.told("accept-queue-full")
    for one in (listener, *clients, *served):
        one.close()
