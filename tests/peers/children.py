"""Processes that hold sockets, started in a namespace and ended by closing their input."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from contextlib import ExitStack
from typing import Any

from tests.lab.netns import Namespace

NOBODY = 65534
_IMPORTS = "import ctypes, os, socket, sys, threading\n"

WAIT = "print(flush=True); sys.stdin.read()"

LISTEN = """
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])), reuse_port=True)
print(listener.getsockname()[1], listener.fileno(), os.stat(listener.fileno()).st_ino, flush=True)
"""

# The main thread leaves while another goes on: the leader becomes a zombie with a live process.
LISTEN_AND_LOSE_THE_LEADER = (
    LISTEN
    + """
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0))).start()
ctypes.CDLL(None).pthread_exit(None)
"""
)

# Whoever gave up root is not dumpable, and hides even from processes of the same user.
BECOME_NOBODY = f"""
os.setgroups([]); os.setgid({NOBODY}); os.setuid({NOBODY}); ctypes.CDLL(None).prctl(4, 1)
"""


def start(
    stack: ExitStack,
    namespace: Namespace,
    code: str,
    *arguments: str,
    pass_fds: Iterable[int] = (),
    **options: Any,
) -> tuple[subprocess.Popen[str], list[int]]:
    """Run Python code until the end of the test; returns the numbers on its first line too."""
    with namespace.entered():
        child = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _IMPORTS + code, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            pass_fds=tuple(pass_fds),
            **options,
        )
    stack.enter_context(child)
    assert child.stdout is not None
    return child, [int(word) for word in child.stdout.readline().split()]
