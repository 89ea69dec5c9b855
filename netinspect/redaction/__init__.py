"""Redaction: what a Sample and its Findings tell, with names and addresses replaced by pseudonyms.

The same input has the same pseudonym under the same secret. What stays is in README, "Redacted".
"""

from __future__ import annotations

from netinspect.redaction.redactor import Redactor

__all__ = ["Redactor"]
