"""Samples that are kept: in a file, or the last minutes in memory.

Whatever keeps them is a Timeline: moments in order of time, each as it was shown then.
"""

from __future__ import annotations

from netinspect.recording.timeline import Moment, MomentList, Overview, Timeline

__all__ = ["Moment", "MomentList", "Overview", "Timeline"]
