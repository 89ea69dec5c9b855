"""Facts as JSON: what is not known is null, times are RFC 3339 in UTC, owners are objects."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timezone
from typing import Any

from netinspect.model import Coverage, Host, Value


def to_json(value: object) -> str:
    """Write JSON on one line; ASCII, so that no reader can get the encoding wrong."""
    return json.dumps(value, allow_nan=False, separators=(",", ":"))


def json_value(value: Value) -> Any:
    """Turn a row's value into what `json` can write."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, tuple):
        return [owner._asdict() for owner in value]
    return dict(value) if isinstance(value, Mapping) else value


def time_text(seconds: float) -> str:
    """Write seconds since the epoch as 2026-01-31T12:00:00.000Z."""
    moment = datetime.fromtimestamp(seconds, timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def host_object(host: Host) -> dict[str, Any]:
    """Describe the host; the capability mask in hexadecimal, as in /proc/PID/status."""
    known = asdict(host)
    if host.capabilities is not None:
        known["capabilities"] = f"{host.capabilities:016x}"
    return known


def coverage_object(coverage: Coverage) -> dict[str, Any]:
    """Describe what could not be seen."""
    return {**asdict(coverage), "summary": coverage.summary}
