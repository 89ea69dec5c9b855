"""Keys of sockets without a cookie → other keys: theirs are made of addresses."""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from netinspect.mixing import mix

U64 = NDArray[np.uint64]

_NO_COOKIE = np.uint64(1 << 63)
"""The bit that only keys of sockets without a cookie have: see decode/keys.py."""


class Keys:
    """Mixes keys with a secret; cookies stay."""

    def __init__(self, secret: bytes) -> None:
        words = blake2b(key=secret, digest_size=16, person=b"key").digest()
        self._before, self._after = np.frombuffer(words, np.uint64)

    def column(self, keys: U64) -> U64:
        """Replace the keys that are made of addresses."""
        made = keys & _NO_COOKIE != 0
        if not made.any():
            return keys
        mixed = mix(keys ^ self._before) ^ self._after
        new: U64 = np.where(made, mixed | _NO_COOKIE, keys)
        return new

    def number(self, key: int) -> int:
        """Replace one key; other numbers stay."""
        return int(self.column(np.array([key], np.uint64))[0]) if key < 1 << 64 else key
