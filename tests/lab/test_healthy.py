"""Hosts that are well: whatever they do, no rule may warn."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from netinspect.finding import Severity
from netinspect.sources.options import Kind
from tests.lab.cable import Cable
from tests.lab.health import look_for_alarms
from tests.lab.judging import watch
from tests.lab.netns import Namespace, make_namespace
from tests.lab.scripts import run_script
from tests.lab.sockets import listen

pytestmark = pytest.mark.root

SERVER = """
import asyncio
async def serve(reader, writer):
    try:
        while await reader.readuntil(b"\\n"):
            writer.write(b"x" * 2000 + b"\\n")
            await writer.drain()
            {after}
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()
async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 8000, backlog=1024)
    say("ready")
    async with server:
        await server.serve_forever()
asyncio.run(main())
"""
KEEP_ALIVE = SERVER.format(after="")
CLOSE_FIRST = SERVER.format(after="break")

CLIENTS = """
import asyncio, random
async def ask(reader, writer):
    writer.write(b"ask\\n")
    await reader.readuntil(b"\\n")
async def client():
    reader, writer = await asyncio.open_connection("127.0.0.1", 8000)
    await ask(reader, writer)
    ready.append(1)
    while {count} > len(ready):
        await asyncio.sleep(0.01)
    {then}
async def tell():
    while {count} > len(ready):
        await asyncio.sleep(0.01)
    say("ready")
async def main():
    await asyncio.gather(tell(), *(client() for _ in range({count})))
ready = []
asyncio.run(main())
"""
STEADY = CLIENTS.format(
    count=200,
    then="""while True:
        await asyncio.sleep(random.random() / 5)
        await ask(reader, writer)""",
)
IDLE = CLIENTS.format(count=1000, then="await asyncio.sleep(3600)")
# The kernel's clock must tell the last answer from what is said after it.
SPOKE_LAST = CLIENTS.format(
    count=1000,
    then="""await asyncio.sleep(0.05)
    writer.write(b"no answer to this")
    await asyncio.sleep(3600)""",
)
SHORT = """
import asyncio
async def client(turns):
    for _ in range(turns):
        reader, writer = await asyncio.open_connection("127.0.0.1", 8000)
        writer.write(b"ask\\n")
        await reader.readuntil(b"\\n")
        writer.close()
async def main():
    say("ready")
    await asyncio.gather(*(client(100) for _ in range(20)))
    say("done")
    await asyncio.sleep(3600)
asyncio.run(main())
"""


@pytest.fixture
def inside() -> Iterator[Namespace]:
    with make_namespace() as namespace:
        yield namespace


def test_namespace_without_anything_is_well(inside: Namespace) -> None:
    with watch(inside) as watched:
        assert not look_for_alarms(watched, inside)


@pytest.mark.parametrize("kind", [Kind.NETLINK, Kind.PROC])
def test_idle_listener_is_well(inside: Namespace, kind: Kind) -> None:
    with inside.entered():
        listener = listen("0.0.0.0", 8000)

    with listener, watch(inside, kind=kind) as watched:
        assert not look_for_alarms(watched, inside)


@pytest.mark.parametrize(
    "clients", [STEADY, IDLE, SPOKE_LAST], ids=["steady", "idle", "spoke last"]
)
def test_server_whose_clients_stay_connected_is_well(inside: Namespace, clients: str) -> None:
    with (
        run_script(inside, KEEP_ALIVE) as (server, _),
        run_script(inside, clients) as (program, _),
        watch(inside) as watched,
    ):
        assert not look_for_alarms(watched, inside, server, program)


def test_clients_may_be_idle_for_ever_whoever_spoke_last(inside: Namespace) -> None:
    soon = {"info_seconds": 0.1, "warning_seconds": 0.2}
    with (
        run_script(inside, KEEP_ALIVE) as (server, _),
        run_script(inside, SPOKE_LAST) as (program, _),
        watch(inside, {"waiting-for-response": soon}) as watched,
    ):
        assert not look_for_alarms(watched, inside, server, program)
        [told] = watched.told("waiting-for-response")

    assert (told.severity, told.summary[:12]) == (Severity.INFO, "1,000 of 1,0")


@pytest.mark.parametrize("serve", [KEEP_ALIVE, CLOSE_FIRST], ids=["client", "server"])
def test_load_of_short_connections_is_well_while_it_runs_and_after_it(
    inside: Namespace, serve: str
) -> None:
    with (
        run_script(inside, serve) as (server, _),
        watch(inside) as watched,
        run_script(inside, SHORT) as (load, _),
    ):
        assert not look_for_alarms(watched, inside, server, load)

        load.send_signal(signal.SIGKILL)
        load.wait()
        assert not look_for_alarms(watched, inside, server)
        waiting = inside.run("ss", "-tanH", "state", "time-wait").splitlines()
        assert len(waiting) >= 500


def test_closed_connections_that_the_peer_still_holds_are_well() -> None:
    with ExitStack() as stack:
        cable = Cable(stack)
        for client, _ in cable.pairs(300):
            client.close()

        with watch(cable.near) as watched:
            assert not look_for_alarms(watched, cable.near)
        assert len(cable.near.run("ss", "-tanH", "state", "fin-wait-2").splitlines()) == 300


def test_pool_of_idle_connections_is_well() -> None:
    with ExitStack() as stack:
        cable = Cable(stack)
        for client, server in cable.pairs(50):
            client.sendall(b"ask")
            server.sendall(b"answer to " + server.recv(3))
            client.recv(100)

        with watch(cable.near) as near, watch(cable.far) as far:
            assert not look_for_alarms(near, cable.near)
            assert not look_for_alarms(far, cable.far)
