"""Where Samples come from: a probe in a child process, or else in this one; psutil; or a file.

Imports neither numpy nor psutil until a Sample is read.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from netinspect.errors import SourceError
from netinspect.sources.options import Kind, SourceOptions

if TYPE_CHECKING:
    from netinspect.parts import Source
    from netinspect.sources.auto import CaptureSource
    from netinspect.sources.child import ChildSource

__all__ = ["Kind", "SourceOptions", "open_source"]


def open_source(options: SourceOptions = SourceOptions()) -> Source:  # noqa: B008 - it is frozen
    """Open the source the options ask for; raises SourceError when it cannot be started.

    A child process that may ask for a password is ready when this returns.
    """
    if options.file is not None:
        from netinspect.sources.past import PastSource

        return PastSource(options.file)
    if options.kind is Kind.PORTABLE or sys.platform != "linux":
        return _open_portable(options)
    probe = _open_probe(options)
    if options.kind is not Kind.AUTO:
        return probe
    from netinspect.sources.auto import AutoSource

    return AutoSource(probe, lambda: _open_portable(options))


def _open_probe(options: SourceOptions) -> CaptureSource:
    from netinspect.sources.child import ChildSource

    try:
        child = ChildSource(options)
    except SourceError:
        if options.live or options.sudo:
            raise
        # No process can be started: that a look from this one takes longer matters least now.
        from netinspect.sources.local import InProcessSource

        return InProcessSource(options)
    return _wait_ready(child) if options.sudo else child


def _wait_ready(child: ChildSource) -> ChildSource:
    try:
        child.wait_ready()
    except BaseException:  # Ctrl-C at the password prompt included
        child.close()
        raise
    return child


def _open_portable(options: SourceOptions) -> Source:
    from netinspect.sources.portable import PortableSource

    return PortableSource(options.interval)
