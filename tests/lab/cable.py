"""A client's namespace and a server's, and a cable between them that can be taken out."""

from __future__ import annotations

import socket
from contextlib import ExitStack

from tests.lab.netns import join, make_namespace
from tests.lab.sockets import connect, listen

PORT = 8000

Pair = tuple[socket.socket, socket.socket]
"""The client's end of a connection and the server's."""


class Cable:
    """Two namespaces, near and far, with a server in the far one.

    address: the server's. Sockets and namespaces go with the stack.
    """

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self.near = stack.enter_context(make_namespace())
        self.far = stack.enter_context(make_namespace())
        _, self.address = join(self.near, self.far)
        with self.far.entered():
            self._listener = stack.enter_context(listen(self.address, PORT))

    def pair(self) -> Pair:
        """Make one connection."""
        with self.near.entered():
            client = self._stack.enter_context(connect(self._listener))
        return client, self._stack.enter_context(self._listener.accept()[0])

    def pairs(self, count: int) -> list[Pair]:
        """Make many connections."""
        return [self.pair() for _ in range(count)]

    def plug(self, up: bool) -> None:
        """Take the cable out at the far end, or put it back."""
        self.far.run("ip", "link", "set", f"to{self.near.fd}", "up" if up else "down")
