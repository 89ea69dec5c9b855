"""No socket is lost and none invented: netinspect lists what ss lists, row for row."""

from __future__ import annotations

import pytest

from netinspect.model import TcpState
from tests.peers.scene import MANY, Scene
from tests.peers.witnesses import (
    ask_around,
    sockets_of_netinspect,
    sockets_of_ss,
)

pytestmark = pytest.mark.root


def test_every_socket_of_ss_and_no_other(scene: Scene) -> None:
    ss, ours = ask_around(
        lambda: sockets_of_ss(scene.namespace), lambda: sockets_of_netinspect(scene.namespace)
    )

    # ss 6.1 knows no option that lists sockets which are bound and nothing else.
    assert {cookie: row for cookie, row in ours.items() if cookie not in scene.bound} == ss
    assert len(ss) > 3 * MANY
    assert {row[2] for row in ours.values() if row[1] == "tcp"} == {
        state.name for state in TcpState if state not in (TcpState.CLOSE, TcpState.NEW_SYN_RECV)
    }


def test_bound_sockets_are_those_that_were_bound(scene: Scene) -> None:
    ours = sockets_of_netinspect(scene.namespace)

    assert {cookie for cookie, row in ours.items() if row[2] == "BOUND"} == scene.bound
