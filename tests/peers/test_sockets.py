"""No socket is lost and none invented: netinspect lists what ss lists, row for row."""

from __future__ import annotations

import pytest

from netinspect.model import TcpState
from tests.lab.kernel import lists_bound_sockets
from tests.peers.scene import MANY, Scene
from tests.peers.witnesses import (
    ask_around,
    ask_netinspect,
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
    assert {row[-1] for row in bound.values()} == (scene.bound if lists_bound_sockets() else set())
    assert len(ss) > 3 * MANY


def test_every_state_of_tcp_is_among_them(scene: Scene) -> None:
    states = {row[2] for row in sockets_of_netinspect(scene.namespace).values() if row[1] == "tcp"}

    untold = {"CLOSE", "NEW_SYN_RECV"} | (set() if lists_bound_sockets() else {"BOUND"})
    assert states == {state.name for state in TcpState} - untold


def test_row_that_nobody_can_hold_says_so_and_is_nobodys(scene: Scene) -> None:
    rows = ask_netinspect(scene.namespace, "sockets")

    nobodys = [row for row in rows if row["inode"] == 0]
    assert {row["state"] for row in nobodys} == {
        *("ESTABLISHED", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "LAST_ACK", "CLOSING", "TIME_WAIT"),
    }
    for row in nobodys:
        assert (row["owner_reason"], row["owners"]) == ("none", [])
        assert (row["pid"], row["process"]) == (None, None)
    # The kernel names no creator of these, and 0 would mean root.
    short = [row for row in rows if row["state"] in ("TIME_WAIT", "SYN_RECV")]
    assert {(row["uid"], row["user"]) for row in short} == {(None, None)}
    assert all(row["owners"] for row in rows if row["inode"] != 0)


def test_unix_sockets_are_those_of_ss(scene: Scene) -> None:
    ss, ours = ask_around(
        lambda: unix_sockets_of_ss(scene.namespace),
        lambda: unix_sockets_of_netinspect(scene.namespace),
    )

    assert ours == ss
    assert len(ss) > 100
