"""Who holds a socket: what ss and lsof say of every process and descriptor, and a little more."""

from __future__ import annotations

import os
import resource
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from tests.lab.kernel import lists_bound_sockets
from tests.lab.netns import Namespace, make_namespace
from tests.lab.sockets import listen, wait_until
from tests.peers.children import LISTEN, LISTEN_AND_LOSE_THE_LEADER, WAIT, start
from tests.peers.scene import Scene
from tests.peers.witnesses import (
    Holders,
    ask_around,
    ask_netinspect,
    holders_of_lsof,
    holders_of_netinspect,
    holders_of_ss,
)

pytestmark = pytest.mark.root


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


@pytest.fixture
def inside(stack: ExitStack) -> Namespace:
    return stack.enter_context(make_namespace())


def lose_a_leader(stack: ExitStack, namespace: Namespace) -> tuple[int, Holders]:
    """Start a listener whose first thread has exited; returns its inode and who holds it."""
    child, [_, fd, inode] = start(stack, namespace, LISTEN_AND_LOSE_THE_LEADER, "0")
    stat = Path(f"/proc/{child.pid}/stat")
    wait_until(lambda: ") Z " in stat.read_text(), "the leader's exit")
    return inode, frozenset({(child.pid, fd)})


def fork_workers(stack: ExitStack, namespace: Namespace, count: int) -> tuple[int, Holders]:
    """Open a listener that this process and so many workers hold; returns its port and them."""
    with namespace.entered():
        listener = stack.enter_context(listen())
    fd = listener.fileno()
    workers = [start(stack, namespace, WAIT, pass_fds=[fd])[0] for _ in range(count)]
    return listener.getsockname()[1], frozenset(
        {(os.getpid(), fd), *((worker.pid, fd) for worker in workers)}
    )


@pytest.mark.parametrize("witness", [holders_of_ss, holders_of_lsof])
def test_every_process_and_descriptor_is_a_holder(
    witness: Callable[[Namespace], dict[int, Holders]], scene: Scene, stack: ExitStack
) -> None:
    _, workers = fork_workers(stack, scene.namespace, 4)
    for one in scene.held[::50]:
        stack.callback(os.close, os.dup(one.fileno()))
    inode, holders = lose_a_leader(stack, scene.namespace)

    seen, ours = ask_around(
        lambda: witness(scene.namespace), lambda: holders_of_netinspect(scene.namespace)
    )

    # Neither looks at the threads of a process whose first one has exited, nor at bound sockets.
    assert ours.pop(inode) == holders
    assert all(ours.pop(bound) for bound in scene.bound if lists_bound_sockets())
    assert ours == seen
    assert workers in seen.values()
    assert {len(found) for found in seen.values()} == {1, 2, 5}


def test_holders_of_unix_sockets_are_those_of_ss(scene: Scene) -> None:
    seen, ours = ask_around(
        lambda: holders_of_ss(scene.namespace, "-xanHOp", r" (\d+) \* \d+ "),
        lambda: holders_of_netinspect(scene.namespace, "proto", "unix"),
    )

    assert ours == seen
    assert len(seen) > 100


def test_server_that_forked_before_it_listens_is_one_row_of_many_holders(
    inside: Namespace, stack: ExitStack
) -> None:
    port, holders = fork_workers(stack, inside, 5)

    [listener] = ask_netinspect(inside, "ports")
    [row] = ask_netinspect(inside, "sockets")
    processes = ask_netinspect(inside, "processes", "--port", str(port))

    assert listener["port"] == row["local_port"] == port
    for one in (listener, row):
        assert {(owner["pid"], owner["fd"]) for owner in one["owners"]} == holders
    assert {process["pid"] for process in processes} == {pid for pid, _ in holders}
    assert {process["listen"] for process in processes} == {1}


def test_processes_that_share_a_port_are_a_row_each(inside: Namespace, stack: ExitStack) -> None:
    servers = [start(stack, inside, LISTEN + WAIT, "8080") for _ in range(4)]

    rows = ask_netinspect(inside, "ports")

    assert {row["port"] for row in rows} == {8080}
    assert sorted((row["pid"], row["inode"]) for row in rows) == sorted(
        (child.pid, inode) for child, (_, _, inode) in servers
    )


def test_descriptors_and_limits_are_those_of_proc(inside: Namespace, stack: ExitStack) -> None:
    children = {}
    for soft, hard, opened in ((64, 64, 3), (1024, 4096, 500), (200, 5000, 190)):
        code = f"kept = [os.dup(0) for _ in range({opened})]\n" + WAIT
        limit = partial(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        child, _ = start(stack, inside, code, preexec_fn=limit)
        children[child.pid] = (len(os.listdir(f"/proc/{child.pid}/fd")), soft, hard)

    pids = [word for pid in children for word in ("--pid", str(pid))]
    rows = ask_netinspect(inside, "descriptors", *pids)

    assert {row["pid"]: (row["fds"], row["fd_soft"], row["fd_hard"]) for row in rows} == children
