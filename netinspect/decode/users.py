"""The section `users`: lines "uid:name"."""

from __future__ import annotations

from collections.abc import Mapping

from netinspect.humanize import safe_text

_LONGEST_NAME = 64


def parse_users(data: bytes | memoryview) -> Mapping[int, str]:
    """Parse lines such as "1000:alice"; the first name of a uid counts, as in getpwuid(3).

    Lines of another form, which /etc/passwd may hold, are left out.
    """
    users: dict[int, str] = {}
    for line in bytes(data).splitlines():
        uid, _, name = line.partition(b":")
        if uid.isdigit() and len(uid) <= 10 and name:
            users.setdefault(int(uid), safe_text(name, _LONGEST_NAME))
    return users
