"""Something that goes on happening in a namespace while a test looks on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.lab.netns import Namespace

_MOST = 4000


@contextmanager
def again_and_again(
    namespace: Namespace, action: Callable[[], object], pause: float = 0.02
) -> Iterator[None]:
    """Do something in the namespace with pauses in between, until the block ends."""
    stopped = threading.Event()

    def run() -> None:
        with namespace.entered():
            for _ in range(_MOST):
                action()
                if stopped.wait(pause):
                    return

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join(20)
        assert not thread.is_alive()
