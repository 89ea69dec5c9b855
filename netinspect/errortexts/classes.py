"""All classes of error texts, in the order in which a line is tried.

Outright words come before those that several errors share; where an errno has two meanings, as
ETIMEDOUT has, the words around it decide.
"""

from __future__ import annotations

from netinspect.errortexts.connection_errors import CONNECTION_ERRORS
from netinspect.errortexts.error_class import ErrorClass
from netinspect.errortexts.local_errors import KERNEL_MESSAGES, LOCAL_ERRORS
from netinspect.errortexts.other_errors import OTHER_ERRORS

CLASSES: tuple[ErrorClass, ...] = (
    *KERNEL_MESSAGES,
    *LOCAL_ERRORS,
    *OTHER_ERRORS,
    *CONNECTION_ERRORS,
)

BY_NAME = {one.name: one for one in CLASSES}
