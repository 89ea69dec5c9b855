"""Which runtime or server words its errors like this."""

from __future__ import annotations

import re

_RUNTIMES = tuple(
    (name, re.compile(pattern, re.ASCII))
    for name, pattern in (
        ("haproxy", r"\bhaproxy\[\d"),
        ("nginx", r"\[(?:crit|error|alert|emerg|warn|info)\] \d{1,7}#\d|^nginx: \["),
        ("dotnet", r"\bSystem\.(?:Net|IO)\.|SocketException \(\d"),
        (
            "java",
            r"\b(?:java|javax|sun|jdk|io\.netty|org\.(?:apache|springframework))\.[\w.$]"
            r"|\((?:[\w$]{1,100}\.java:\d|Native Method\)|Unknown Source\))",
        ),
        ("envoy", r"upstream connect error or disconnect/reset before headers|\benvoy\b"),
        ("go", r"\b(?:dial|read|write|listen|accept) (?:tcp|udp)\b|^goroutine \d|\bnet/http: "),
        (
            "node",
            r"\b(?:connect|read|write|listen|getaddrinfo) E[A-Z_]{3,20}\b|\(node:|\bERR_[A-Z]"
            r"|socket hang up|errno: '?-\d",
        ),
        (
            "python",
            r"Traceback \(most recent|\[Errno -?\d|^\s{0,8}File \".{1,200}\", line \d"
            r"|^[\w.]{0,60}\b(?:[A-Z]\w{1,40}Error|RemoteDisconnected|socket\.timeout)\b",
        ),
        ("curl", r"\bcurl: \(\d"),
    )
)


def find_runtime_of_text(line: str) -> str | None:
    """Name the runtime or server; None where the line may be anybody's."""
    return next((name for name, pattern in _RUNTIMES if pattern.search(line)), None)
