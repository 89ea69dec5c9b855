"""Where Samples come from: a probe in a child process or in this one, or psutil.

Imports neither numpy nor psutil until a Sample is read.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

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
    if options.kind is Kind.PORTABLE or sys.platform != "linux":
        return _open_portable(options)
    probe = _open_probe(options)
    if options.kind is not Kind.AUTO:
        return probe
    from netinspect.sources.auto import AutoSource

    return AutoSource(probe, lambda: _open_portable(options))


def _open_probe(options: SourceOptions) -> CaptureSource:
    if options.live or options.sudo:
        from netinspect.sources.child import ChildSource

        child = ChildSource(options)
        return _wait_ready(child) if options.sudo else child
    from netinspect.sources.local import InProcessSource

    return InProcessSource(options)


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
