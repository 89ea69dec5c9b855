"""A file of raw netlink messages, as `ss -D FILE` writes it: the TCP sockets of one moment.

It names no process, no counter and no setting of the host it was taken on.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from netinspect.errors import ParseError, RecordingError

if TYPE_CHECKING:
    from netinspect.model import Sample

_LARGEST = 1 << 31
_NOTE = "a dump of ss names no processes: who held a socket is not known"
_HEADER = struct.Struct("=IH")  # length and type of a netlink message
_LONGEST_MESSAGE = 1 << 20
_TYPES = (2, 3, 20)  # NLMSG_ERROR, NLMSG_DONE, SOCK_DIAG_BY_FAMILY


def looks_like_dump(head: bytes) -> bool:
    """Tell whether a file begins with a netlink message of sockets."""
    if len(head) < _HEADER.size:
        return False
    length, kind = _HEADER.unpack_from(head)
    return 16 <= length <= _LONGEST_MESSAGE and kind in _TYPES


def parse_dump(data: bytes, name: str, taken_at: float) -> Sample:
    """Build the Sample of a dump. taken_at: of the file, seconds since the epoch.

    Raises RecordingError.
    """
    if len(data) > _LARGEST:
        raise RecordingError(f"{name} is too large: {len(data):,} bytes")
    try:
        return _build_sample(name, data, taken_at)
    except ParseError as error:
        hint = "--from reads what `ss -tan -D FILE` writes"
        raise RecordingError(f"{name} is no dump of ss: {error}", hint) from error


def _build_sample(name: str, data: bytes, taken_at: float) -> Sample:
    from netinspect.decode import parse_inet_diag
    from netinspect.decode.owners import join_owners, parse_owners
    from netinspect.humanize import safe_text
    from netinspect.model import Host, Limits, Note, Proto, Sample

    owners = parse_owners(b"")
    sockets = join_owners(parse_inet_diag(data, Proto.TCP), owners, some_hidden=True)
    return Sample(
        taken_at=round(taken_at, 3),
        monotonic=0.0,
        host=Host(safe_text(name)),
        sockets=sockets,
        owners=owners,
        processes={},
        namespaces=(),
        limits=Limits(),
        notes=(Note("dump", _NOTE),),
        origin="sock_diag",
    )
