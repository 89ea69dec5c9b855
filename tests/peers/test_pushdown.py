"""What the kernel leaves out of its dumps is nothing that the filter selects."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from netinspect.decode import decode_capture
from netinspect.model import Sample
from netinspect.probe.probe import Probe
from netinspect.probe.sock_diag import parse_only
from netinspect.query import parse_query
from tests.lab.netns import Namespace
from tests.peers.scene import Scene
from tests.peers.test_filters import ANDS, NOTS, ORS, STATES, parts
from tests.peers.witnesses import ask_netinspect

pytestmark = pytest.mark.root

_LOOKS = 4
_BEYOND = (
    *("port 80-40000", "port != 443", "lport > 40000", "rport <= 0", "lport != 0-30000"),
    *("port 1,2,3,40000-60000", "lport < 0", "rport > 65535", "lport 0-65535", "unknown(port)"),
    *("proto tcp", "proto udp,unix", "proto != tcp", "family inet", "family inet6,unix", "::1"),
    *("family != inet", "src ::/0", "dst 0.0.0.0/0", "dst != 127.0.0.1", "src localhost"),
    *("dst ::ffff:127.0.0.1", "unknown(dst)", "unknown(state)", "uid 0", "recv_q > 0"),
    *("timer off", "unknown(rtt)", "autobound", "path *scene*", "exclude bound", "state != listen"),
    *("state bound", "state close", "state NEW_SYN_RECV", "state syn_recv,bound", "rtt > 1us"),
    *("src 127.0.0.1,::1 and lport > 1", "127.0.0.1"),
)
"""What ss has no words for, and what its kernel does not compare."""


class Looks:
    """Samples of the namespace: of all that is there, and of what a filter asks for."""

    def __init__(self, namespace: Namespace) -> None:
        self.namespace = namespace
        self.whole = self.look(None)
        ports = (self.whole.sockets.local_port, self.whole.sockets.remote_port)
        self.ports = sorted({int(port) for column in ports for port in column})

    def look(self, dumps: str | None) -> Sample:
        only = None if dumps is None else parse_only(dumps)
        with self.namespace.entered():
            probe = Probe(only=only, owners=False)
            try:
                capture = probe.take_capture()
            finally:
                probe.close()
        notes = [note["message"] for note in capture.notes.as_json() if note["source"] != "asked"]
        assert not [message for message in notes if "sock_diag" in str(message)]
        return decode_capture(b"".join(capture.encode()))


@pytest.fixture(scope="module")
def looks(scene: Scene) -> Looks:
    return Looks(scene.namespace)


def selected(text: str, sample: Sample) -> set[int]:
    query = parse_query(text)
    mask = query.mask(sample)
    if not query.names_unix:
        mask &= sample.sockets.proto != 0
    return set(sample.sockets.cookie[mask].tolist())


def expect_same(looks: Looks, text: str) -> Sample | None:
    """Compare; where they differ, look again: TIME_WAITs end while one looks."""
    dumps = parse_query(text).dumps
    if dumps is None:
        return None
    for _ in range(_LOOKS):
        asked = looks.look(dumps)
        whole, narrowed = selected(text, looks.whole), selected(text, asked)
        if whole == narrowed:
            return asked
        looks.whole = looks.look(None)
    raise AssertionError(f"{text}: {len(whole - narrowed)} of {len(whole)} were left out")


def beyond(ports: list[int]) -> st.SearchStrategy[str]:
    states = st.builds("state {}".format, st.sampled_from(STATES))
    leaf = (parts(ports) | states | st.sampled_from(_BEYOND)).map("( {} )".format)

    def joined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        signs = st.sampled_from(ANDS) | st.sampled_from(ORS)
        some = st.lists(inner, min_size=2, max_size=3)
        alike = st.builds(lambda words, sign: f"( {f' {sign} '.join(words)} )", some, signs)
        return alike | st.builds("{} {}".format, st.sampled_from(NOTS), inner)

    return st.recursive(leaf, joined, max_leaves=5)


@settings(
    max_examples=400,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_kernel_lists_all_that_is_selected(looks: Looks, data: st.DataObject) -> None:
    expect_same(looks, data.draw(beyond(looks.ports)))


@pytest.mark.parametrize("text", [*_BEYOND, *(f"not ( {text} )" for text in _BEYOND)])
def test_kernel_lists_all_that_one_term_selects(looks: Looks, text: str) -> None:
    expect_same(looks, text)


@pytest.mark.parametrize(
    "text",
    [
        "state listening",
        "state time-wait",
        "state bound",
        "state syn-recv",
        "proto udp",
        "dport = :{}",
        "port {} and not src 127.0.0.0/8",
        "src [::1] and lport >= 1024",
        "(state listen and lport {}) or (state close-wait and dst 127.0.0.1)",
        "proto tcp and not (family inet or dst ::/64)",
    ],
)
def test_kernel_lists_nothing_else(looks: Looks, text: str) -> None:
    text = text.format(looks.ports[-1])

    asked = expect_same(looks, text)

    assert asked is not None
    states = "state" in text and "lport" in text  # of each, all that hold with any of them
    assert len(asked.sockets) < len(looks.whole.sockets) / 2
    assert states or len(asked.sockets) == len(selected(text, asked))


@pytest.mark.parametrize(
    "words",
    [
        ("state listening",),
        ("state established and dst ::1",),
        ("-tan6", "port > 1024"),
        ("-u", "--columns", "proto,local_addr,local_port,cookie"),
        ("proto unix and path *scene*",),
        ("not (state listen or family inet)", "--sort", "-local_port", "--limit", "20"),
    ],
)
def test_rows_are_the_same(looks: Looks, words: tuple[str, ...]) -> None:
    volatile = ("idle", "expires", "timer", "retrans", "send_rate", "recv_rate")

    def rows(*more: str) -> list[dict[str, object]]:
        found = ask_netinspect(looks.namespace, "sockets", *words, *more)
        return [{k: v for k, v in row.items() if k not in volatile} for row in found]

    for _ in range(_LOOKS):
        narrowed, whole = rows(), rows("--samples", "2", "--interval", "0.05")
        if narrowed == whole:
            break

    assert narrowed == whole
    assert whole
