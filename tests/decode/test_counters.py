"""Counters, settings and users: small texts, and the files of this kernel."""

from __future__ import annotations

from pathlib import Path

import pytest

from netinspect.decode.counters import (
    COUNTER_PARSERS,
    parse_conntrack,
    parse_snmp,
    parse_snmp6,
    parse_sockstat,
)
from netinspect.decode.frame import Section
from netinspect.decode.namespaces import build_namespaces
from netinspect.decode.sysctls import build_limits, parse_sysctls
from netinspect.decode.users import parse_users
from netinspect.errors import ParseError
from netinspect.model import Limits

FILES = {
    "net.snmp": "snmp",
    "net.netstat": "netstat",
    "net.snmp6": "snmp6",
    "net.sockstat": "sockstat",
    "net.sockstat6": "sockstat6",
    "net.conntrack": "stat/nf_conntrack",
}


@pytest.mark.parametrize("section", FILES)
def test_file_of_this_kernel_is_read(section: str) -> None:
    _, parse = COUNTER_PARSERS[section]

    assert parse(Path("/proc/net", FILES[section]).read_bytes(), section)


def test_snmp_pairs_names_with_values() -> None:
    text = b"Tcp: MaxConn ActiveOpens\nTcp: -1 63\nUdp: NoPorts\nUdp: 18446744073709551615\n"

    counters = parse_snmp(text, "net.snmp")

    assert counters == {
        "Tcp.MaxConn": -1,
        "Tcp.ActiveOpens": 63,
        "Udp.NoPorts": 18446744073709551615,
    }


def test_snmp6_splits_the_protocol_off() -> None:
    text = b"Ip6InReceives    \t12\nUdp6RcvbufErrors 1\nUdpLite6NoPorts 2\nIcmp6InErrors 3\nX 4\n"

    assert parse_snmp6(text, "net.snmp6") == {
        "Ip6.InReceives": 12,
        "Udp6.RcvbufErrors": 1,
        "UdpLite6.NoPorts": 2,
        "Icmp6.InErrors": 3,
        "X": 4,
    }


def test_sockstat_names_each_number() -> None:
    text = b"sockets: used 296\nTCP: inuse 4 orphan 0 tw 2 alloc 6 mem 1\nFRAG: inuse 0 memory 0\n"

    counters = parse_sockstat(text, "net.sockstat")

    assert counters["sockets.used"] == 296
    assert (counters["TCP.tw"], counters["FRAG.memory"]) == (2, 0)


def test_conntrack_is_added_up_over_the_cpus_but_for_the_entries() -> None:
    text = b"entries  found insert_failed drop\n000000ff  00000001 00000002 00000003\n"
    text += b"000000ff  00000010 00000000 0000000a\n"

    assert parse_conntrack(text, "net.conntrack") == {
        "entries": 255,
        "found": 17,
        "insert_failed": 2,
        "drop": 13,
    }


@pytest.mark.parametrize(
    ("section", "text"),
    [
        ("net.snmp", b"Tcp: A B\nTcp: 1\n"),
        ("net.snmp", b"Tcp: A\nUdp: 1\n"),
        ("net.snmp", b"Tcp: A\nTcp: x\n"),
        ("net.netstat", b"TcpExt: A\nTcpExt: " + b"9" * 5000),
        ("net.snmp6", b"Ip6InReceives\n"),
        ("net.snmp6", b"Ip6InReceives 1 2\n"),
        ("net.sockstat", b"TCP: inuse\n"),
        ("net.sockstat6", b"TCP6: inuse \xff\n"),
        ("net.conntrack", b"entries found\n0001\n"),
        ("net.conntrack", b"entries\nzz\n"),
    ],
)
def test_text_of_another_form_is_an_error_with_its_line(section: str, text: bytes) -> None:
    with pytest.raises(ParseError, match=f"{section}: line [12]"):
        COUNTER_PARSERS[section][1](text, section)


@pytest.mark.parametrize("section", FILES)
def test_empty_file_counts_nothing(section: str) -> None:
    assert COUNTER_PARSERS[section][1](b"", section) == {}


def test_namespace_gathers_its_sections() -> None:
    def section(name: str, netns: int, text: bytes) -> Section:
        return Section(name, netns, memoryview(text))

    one, other = build_namespaces(
        [
            section("net.snmp", 1, b"Tcp: A\nTcp: 1\n"),
            section("net.netstat", 1, b"TcpExt: B\nTcpExt: 2\n"),
            section("net.sockstat", 1, b"TCP: tw 3\n"),
            section("sysctl", 1, b"net.ipv4.ip_local_port_range = 32768\t60999\n"),
            section("sock_diag.tcp4", 2, b""),
            section("owners", 0, b""),
        ]
    )

    assert (one.inode, one.counters, one.sockstat) == (
        1,
        {"Tcp.A": 1, "TcpExt.B": 2},
        {"TCP.tw": 3},
    )
    assert one.port_range == (32768, 60999)
    assert (other.inode, other.counters, other.port_range) == (2, {}, None)


def test_sysctls_keep_their_text_with_single_blanks() -> None:
    text = b"net.ipv4.tcp_mem = 1\t 2\t3\nnet.ipv4.ip_local_reserved_ports = \nx = a = b\n"

    assert parse_sysctls(text) == {
        "net.ipv4.tcp_mem": "1 2 3",
        "net.ipv4.ip_local_reserved_ports": "",
        "x": "a = b",
    }


def test_sysctl_without_a_value_sign_is_an_error() -> None:
    with pytest.raises(ParseError, match="sysctl: line 2"):
        parse_sysctls(b"a = 1\nb\n")


def test_limits_are_picked_from_the_sysctls() -> None:
    text = b"fs.file-nr = 2048\t0\t9223372036854775807\nfs.file-max = 100\nfs.nr_open = 1048576\n"
    text += b"net.netfilter.nf_conntrack_max = 262144\nnet.ipv4.tcp_mem = 1\t2\t3\n"
    text += b"net.ipv4.tcp_max_orphans = 131072\n"

    limits = build_limits(parse_sysctls(text))

    assert limits == Limits(2048, 100, 1048576, 262144, (1, 2, 3), 131072)


@pytest.mark.parametrize(
    "sysctls", [{}, {"fs.file-nr": "", "fs.file-max": "many", "net.ipv4.tcp_mem": "1 2"}]
)
def test_limits_that_cannot_be_read_are_unknown(sysctls: dict[str, str]) -> None:
    assert build_limits(sysctls) == Limits()


def test_users_by_uid_the_first_name_counts() -> None:
    assert parse_users(b"0:root\n0:toor\n33:www-data\n") == {0: "root", 33: "www-data"}


def test_lines_that_are_no_user_are_left_out_and_names_made_safe() -> None:
    text = b"+::\nx:y\n5:\n99999999999:big\n\n7:\x1b[31mred\n"

    assert parse_users(text) == {7: "\\x1b[31mred"}
