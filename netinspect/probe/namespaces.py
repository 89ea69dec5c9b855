"""Which network namespace is being looked at."""

from __future__ import annotations

import os


def read_own_netns(proc: str) -> int:
    """Return the inode of the calling thread's network namespace, 0 when it cannot be told."""
    for own in ("thread-self", "self"):
        try:
            return os.stat(f"{proc}/{own}/ns/net").st_ino
        except OSError:
            continue
    return 0
