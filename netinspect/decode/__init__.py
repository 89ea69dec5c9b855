"""Capture bytes → Sample. Pure: reads nothing but the bytes it is given."""

from netinspect.decode.inet_diag import parse_inet_diag
from netinspect.decode.sample import decode_capture

__all__ = ["decode_capture", "parse_inet_diag"]
