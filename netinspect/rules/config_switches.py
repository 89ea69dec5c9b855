"""config-abort-on-overflow, config-syncookies-off, config-few-tw-buckets: unusual settings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from netinspect.finding import Evidence, Finding, Severity
from netinspect.humanize import count_text
from netinspect.measures.facts import Facts
from netinspect.measures.subjects import namespace_subject
from netinspect.measures.timewait_store import read_store
from netinspect.parts import Rule, Threshold

_Check = Callable[[Facts, Mapping[str, float]], Iterator[Finding]]


def check_buckets(facts: Facts, thresholds: Mapping[str, float]) -> Iterator[Finding]:
    """Look for little room for TIME_WAIT, where any of it is used."""
    for namespace in facts.now.namespaces:
        store = read_store(namespace)
        if store.buckets is None or store.buckets >= thresholds["info_buckets"]:
            continue
        if store.fill is None or store.fill < thresholds["used_share"]:
            continue
        yield Finding(
            "config-few-tw-buckets",
            Severity.INFO,
            namespace_subject(namespace),
            f"room for {count_text(store.buckets)} in TIME_WAIT, {count_text(store.held)} used",
            store.evidence(),
            disproof="TCPTimeWaitOverflow stands still when the load is highest",
            level=store.held,
            limit=store.buckets,
        )


def _switch(code: str, sysctl: str, bad: int, summary: str, disproof: str) -> _Check:
    def check(facts: Facts, thresholds: Mapping[str, float]) -> Iterator[Finding]:
        for namespace in facts.now.namespaces:
            if namespace.sysctl_int(sysctl) == bad:
                yield Finding(
                    code,
                    Severity.INFO,
                    namespace_subject(namespace),
                    summary,
                    (Evidence(sysctl.rpartition(".")[2], bad, source=sysctl),),
                    disproof=disproof,
                )

    return check


RULES = (
    Rule(
        "config-abort-on-overflow",
        "a full accept queue resets clients",
        (),
        _switch(
            "config-abort-on-overflow",
            "net.ipv4.tcp_abort_on_overflow",
            1,
            "tcp_abort_on_overflow is on",
            "the setting is 0 in the namespace of the listeners",
        ),
    ),
    Rule(
        "config-syncookies-off",
        "no SYN cookies",
        (),
        _switch(
            "config-syncookies-off",
            "net.ipv4.tcp_syncookies",
            0,
            "tcp_syncookies is off",
            "the setting is 1 in the namespace of the listeners",
        ),
    ),
    Rule(
        "config-few-tw-buckets",
        "little room for TIME_WAIT",
        (
            Threshold("info_buckets", 10_000, "TIME_WAIT there has to be room for"),
            Threshold("used_share", 0.1, "part of the room in use, for it to be worth a word"),
        ),
        check_buckets,
    ),
)
