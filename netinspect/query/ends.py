"""The text of an end, address and port → which addresses and ports are meant."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Address

from netinspect.query.numbers import LAST_PORT, BadValueError, parse_port
from netinspect.query.syntax import Meaning, Network
from netinspect.query.terms import TermSpec

_V4 = 0xFFFF << 32  # ::ffff:0:0/96
_DOTTED = re.compile(r"[0-9]+(?:\.[0-9]+){0,3}")
_NOT_READ = "only TCP, UDP and unix sockets are read"
_PREFIXES: Mapping[str, str] = {
    "inet": "write `family inet` beside it; in ss it changes the whole filter",
    "inet6": "write `family inet6` beside it; in ss it changes the whole filter",
    "unix": "write `path NAME`",
    **dict.fromkeys(("link", "netlink", "vsock", "tipc"), _NOT_READ),
}
"""With what ss lets an address begin, and what to write instead."""


def parse_ends(spec: TermSpec, text: str) -> tuple[Meaning, ...]:
    """Find out which ends are meant. Raises BadValueError."""
    prefix = text.partition(":")[0]
    if prefix in _PREFIXES and text != prefix:
        raise BadValueError(f"`{prefix}:` is not taken in an address", _PREFIXES[prefix])
    host, port_text = _split_end(spec, text)
    port = parse_port(port_text)
    if host == "localhost":
        return (Network(_V4 | 0x7F000001, 128, False, port), Network(1, 128, True, port))
    if host in ("", "*", "any", "all", "default"):
        return (Network(0, 0, False, port),)
    network = _parse_network(host.strip("[]"), bracketed=host.startswith("["))
    if network is None:
        hint = f"names are not looked up; e.g. `{spec.example}`"
        raise BadValueError(f"`{host}` is no value for {spec.name}: no address", hint)
    return (Network(*network, port),)


def _split_end(spec: TermSpec, text: str) -> tuple[str, str]:
    """Split address and port where ss does; an address in brackets keeps them."""
    if text.startswith("["):
        inner, closed, rest = text.partition("]")
        if not closed or not rest.startswith(("", ":", "/")):
            raise BadValueError(f"`{text}` has no end", f"e.g. `{spec.example}`")
        length, _, port = rest.partition(":")
        return f"{inner}{length}]", port
    host, slash, rest = text.partition("/")
    if slash:
        length, _, port = rest.partition(":")
        return f"{host}/{length}", port
    host, _, port = text.rpartition(":")
    if text.count(":") < 2:
        return (host, port) if ":" in text else (text, "")
    whole = _parse_network(text, bracketed=False) is not None
    parted = _parse_network(host, bracketed=False) is not None and _is_port(port)
    if whole and parted:
        hint = f"write [{text}], or [{host}]:{port}"
        raise BadValueError(f"`{text}` may be an address, or an address and a port", hint)
    return (host, port) if parted else (text, "")


def _is_port(text: str) -> bool:
    return text in ("", "*") or (text.isascii() and text.isdigit() and int(text[:6]) <= LAST_PORT)


def _parse_network(text: str, *, bracketed: bool) -> tuple[int, int, bool] | None:
    """Return address, prefix and whether AF_INET6 alone is meant."""
    host, slash, length = text.partition("/")
    if slash and not bracketed and _DOTTED.fullmatch(host):
        host += ".0" * (3 - host.count("."))  # as ss does: 10/8 is 10.0.0.0/8
    if ":" not in host and "." not in host:
        return None
    try:
        address, prefix = _read_network(host, length if slash else None)
    except ValueError:
        return None
    if address.version == 4:
        return _V4 | int(address), 96 + prefix, False
    if address.scope_id is not None:
        return None
    number = int(address)
    return number, prefix, bracketed or bool(slash) or number >> 32 != 0xFFFF


def _read_network(host: str, length: str | None) -> tuple[IPv4Address | IPv6Address, int]:
    """Read an address and how many of its bits count; raises ValueError."""
    if length is None or (length.isascii() and length.isdigit()):
        address = ipaddress.ip_address(host)
        prefix = address.max_prefixlen if length is None else int(length[:4])
        if prefix > address.max_prefixlen:
            raise ValueError(length)
        return address, prefix
    interface = ipaddress.ip_interface(f"{host}/{length}")  # of IPv4 it may be a mask
    return interface.ip, interface.network.prefixlen
