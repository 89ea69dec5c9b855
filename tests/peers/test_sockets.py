"""No socket is lost and none invented: netinspect lists what ss lists, row for row."""

from __future__ import annotations

import pytest

from netinspect.model import TcpState
from tests.peers.scene import MANY, Scene
from tests.peers.witnesses import (
    ask_around,
    sockets_of_netinspect,
    sockets_of_ss,
    unix_sockets_of_netinspect,
    unix_sockets_of_ss,
)

pytestmark = pytest.mark.root


def test_every_socket_of_ss_and_no_other(scene: Scene) -> None:
    ss, ours = ask_around(
        lambda: sockets_of_ss(scene.namespace), lambda: sockets_of_netinspect(scene.namespace)
    )

    # ss lists none that is bound and nothing else; those are known from having been bound.
    bound = {cookie: row for cookie, row in ours.items() if row[2] == "BOUND"}
    assert {cookie: row for cookie, row in ours.items() if cookie not in bound} == ss
    assert {row[-1] for row in bound.values()} == scene.bound
    assert len(ss) > 3 * MANY


def test_every_state_of_tcp_is_among_them(scene: Scene) -> None:
    states = {row[2] for row in sockets_of_netinspect(scene.namespace).values() if row[1] == "tcp"}

    assert states == {state.name for state in TcpState} - {"CLOSE", "NEW_SYN_RECV"}


def test_unix_sockets_are_those_of_ss(scene: Scene) -> None:
    ss, ours = ask_around(
        lambda: unix_sockets_of_ss(scene.namespace),
        lambda: unix_sockets_of_netinspect(scene.namespace),
    )

    assert ours == ss
    assert len(ss) > 100
