"""A file of raw netlink messages, as `ss -D FILE` writes it: the TCP sockets of one moment.

It names no process, no counter and no setting of the host it was taken on.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from netinspect.errors import NetinspectError, ParseError, SourceError

if TYPE_CHECKING:
    from netinspect.model import Sample

_LARGEST = 1 << 31
_NOTE = "a dump of ss names no processes: who held a socket is not known"


class DumpSource:
    """Gives the one Sample of a dump as often as it is asked for."""

    def __init__(self, path: str) -> None:
        self._path = Path(path)
        self._sample: Sample | None = None

    @property
    def target(self) -> str:
        """Name of the file."""
        return self._path.name

    def read(self) -> Sample:
        """Decode the file; raises SourceError when it cannot be read or is no dump."""
        if self._sample is None:
            try:
                data, taken_at = _read_file(self._path), self._path.stat().st_mtime
                self._sample = _build_sample(self._path.name, data, taken_at)
            except OSError as error:
                raise SourceError(f"{self._path}: {error.strerror or error}") from error
            except ParseError as error:
                hint = "--from reads what `ss -tan -D FILE` writes"
                raise SourceError(f"{self._path} is no dump of ss: {error}", hint) from error
        return self._sample

    def refresh(self) -> None:
        """Do nothing: a dump does not change."""

    def set_interval(self, seconds: float) -> None:
        """Do nothing: there is one Sample."""

    def watch(self, cookies: Sequence[int]) -> None:
        """Do nothing: what is not in the dump cannot be asked for."""

    def close(self) -> None:
        """Do nothing: the file is closed."""


def _read_file(path: Path) -> bytes:
    size = path.stat().st_size
    if size > _LARGEST:
        raise NetinspectError(f"{path} is too large: {size:,} bytes")
    return path.read_bytes()


def _build_sample(name: str, data: bytes, taken_at: float) -> Sample:
    from netinspect.decode import parse_inet_diag
    from netinspect.decode.owners import join_owners, parse_owners
    from netinspect.humanize import safe_text
    from netinspect.model import Host, Limits, Note, Proto, Sample

    owners = parse_owners(b"")
    sockets = join_owners(parse_inet_diag(data, Proto.TCP), owners, some_hidden=True)
    return Sample(
        taken_at=taken_at,
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
