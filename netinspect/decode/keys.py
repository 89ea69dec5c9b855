"""Keys of sockets that came without a cookie: the same over Samples, and different from cookies."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from netinspect.decode.columns import Columns
from netinspect.mixing import mix

_IDENTITY = (
    *("proto", "family", "netns", "inode"),
    *("local_hi", "local_lo", "local_port", "remote_hi", "remote_lo", "remote_port"),
)
_NO_COOKIE = np.uint64(1 << 63)


def put_keys(columns: Columns, *also: NDArray[np.uint64]) -> None:
    """Fill `key` from what a socket is known by. Cookies count up from 1: theirs has no top bit.

    also: what else tells these sockets apart, one value for each.
    """
    known = [columns.get(name).astype(np.uint64) for name in _IDENTITY if columns.has(name)]
    known += also
    key = np.zeros(len(known[0]), np.uint64)
    for place, values in enumerate(known, 1):
        key = mix(key + values + np.uint64(place))
    columns.put("key", key | _NO_COOKIE)
