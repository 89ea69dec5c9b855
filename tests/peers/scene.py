"""Some thousand sockets in every state that Linux lists, in a namespace where nothing else happens.

The calling process holds them all, so every number in this file is known before anybody looks.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.lab.netns import Namespace, make_namespace
from tests.lab.sockets import (
    connect,
    drop_incoming,
    family_of,
    fill,
    listen,
    pair,
    read_state,
    start_connecting,
    wait_until,
)

PLACES = (("127.0.0.1", None), ("::1", None), ("::", "127.0.0.1"))
"""Where to listen and which of its addresses to connect to; the last makes v4-mapped rows."""

EACH, MANY = 12, 500
_PATIENCE = {
    "net.ipv4.tcp_syn_retries": 9,
    "net.ipv4.tcp_synack_retries": 9,
    "net.ipv4.tcp_orphan_retries": 12,
}
"""So that nothing is given up while the tests look."""

_ESTABLISHED, _SYN_SENT, _FIN_WAIT1, _FIN_WAIT2, _CLOSE_WAIT, _LAST_ACK, _CLOSING = (
    *(1, 2, 4, 5, 8, 9, 11),
)

Place = tuple[socket.socket, "str | None"]


@dataclass
class Scene:
    """The sockets, kept open; those that have been closed live on in the kernel."""

    namespace: Namespace
    held: list[socket.socket] = field(default_factory=list)
    bound: set[int] = field(default_factory=set)  # inodes: no peer lists these sockets

    def keep(self, *sockets: socket.socket) -> None:
        self.held.extend(sockets)

    def close(self) -> None:
        for one in self.held:
            one.close()


@contextmanager
def make_scene() -> Iterator[Scene]:
    """Open everything; the namespace goes with the sockets."""
    with make_namespace() as namespace:
        for name, value in _PATIENCE.items():
            namespace.set_sysctl(name, value)
        scene = Scene(namespace)
        try:
            with namespace.entered():
                for address, at in PLACES:
                    _fill_place(scene, (listen(address, backlog=1024), at))
                    _bind(scene, address)
                    _open_udp(scene, address, at)
                _open_unix(scene)
            yield scene
        finally:
            scene.close()


def _fill_place(scene: Scene, place: Place) -> None:
    """Bring connections of one listener into every state."""
    scene.keep(place[0])
    _establish(scene, place)
    _close_one_side(scene, place)
    _close_both_sides(scene, place)
    _start_only(scene, place)
    scene.keep(*(connect(*place) for _ in range(EACH)))  # nobody accepts these


def _establish(scene: Scene, place: Place) -> None:
    for i in range(MANY):
        client, server = pair(*place)
        client.send(bytes(i % 7))
        server.send(bytes(i % 5))
        scene.keep(client, server)
    choked, stalled = pair(*place)
    fill(choked)
    scene.keep(choked, stalled)


def _close_one_side(scene: Scene, place: Place) -> None:
    for i in range(EACH):
        held, closer = pair(*place)
        closer.shutdown(socket.SHUT_WR)
        _expect(closer, _FIN_WAIT2)
        _expect(held, _CLOSE_WAIT)
        orphaner, left = pair(*place)
        orphaner.close()  # FIN_WAIT2 of nobody, kept as TIME_WAITs are
        _expect(left, _CLOSE_WAIT)
        waiting, deaf = pair(*place)
        drop_incoming(deaf)
        waiting.shutdown(socket.SHUT_WR)
        _expect(waiting, _FIN_WAIT1)
        scene.keep(held, closer, left, deaf)
        _keep_or_orphan(scene, waiting, i)


def _close_both_sides(scene: Scene, place: Place) -> None:
    for i in range(EACH):
        first, last = pair(*place)
        first.shutdown(socket.SHUT_WR)
        _expect(first, _FIN_WAIT2)
        drop_incoming(first)
        last.shutdown(socket.SHUT_WR)
        _expect(last, _LAST_ACK)
        closing, deaf = pair(*place)
        drop_incoming(deaf)
        closing.shutdown(socket.SHUT_WR)
        deaf.shutdown(socket.SHUT_WR)
        _expect(closing, _CLOSING)
        scene.keep(first, deaf)
        _keep_or_orphan(scene, last, i)
        _keep_or_orphan(scene, closing, i)
        client, server = pair(*place)
        (client if i % 2 else server).close()  # TIME_WAIT at either end
        (server if i % 2 else client).close()


def _start_only(scene: Scene, place: Place) -> None:
    """SYN_SENT where nobody listens to it, with SYN_RECV where its maker does not hear."""
    listener, at = place
    own, port = listener.getsockname()[:2]
    deaf = listen(own)
    drop_incoming(deaf)
    scene.keep(deaf)
    for _ in range(EACH):
        scene.keep(start_connecting(at or own, deaf.getsockname()[1]))
        client = start_connecting(at or own, port, deaf=True)
        _expect(client, _SYN_SENT)
        scene.keep(client)


def _bind(scene: Scene, address: str) -> None:
    for _ in range(EACH):
        bound = socket.socket(family_of(address))
        bound.bind((address, 0))
        scene.keep(bound)
        scene.bound.add(os.stat(bound.fileno()).st_ino)


def _open_udp(scene: Scene, address: str, at: str | None) -> None:
    for i in range(EACH):
        receiver = socket.socket(family_of(address), socket.SOCK_DGRAM)
        receiver.bind((address, 0))
        to = at or address
        sender = socket.socket(family_of(to), socket.SOCK_DGRAM)
        sender.connect((to, receiver.getsockname()[1]))
        for _ in range(i):
            sender.send(bytes(100))
        scene.keep(receiver, sender)


def _open_unix(scene: Scene) -> None:
    for i in range(EACH):
        for kind in (socket.SOCK_STREAM, socket.SOCK_SEQPACKET, socket.SOCK_DGRAM):
            named = socket.socket(socket.AF_UNIX, kind)
            named.bind(f"\0scene/{kind.name}/{i}")
            if kind is not socket.SOCK_DGRAM:
                named.listen(i)
            client = socket.socket(socket.AF_UNIX, kind)
            client.connect(named.getsockname())
            left, right = socket.socketpair(socket.AF_UNIX, kind)
            left.send(bytes(1 + i))
            scene.keep(named, client, left, right)
        scene.keep(socket.socket(socket.AF_UNIX))


def _expect(sock: socket.socket, state: int) -> None:
    wait_until(lambda: read_state(sock) == state, f"state {state}")


def _keep_or_orphan(scene: Scene, sock: socket.socket, i: int) -> None:
    if i % 2:
        scene.keep(sock)
    else:
        sock.close()
