"""Write the golden files beside this script: what Linux says of known sockets, in each of its ways.

    unshare --net python tests/wire/make_wire.py

Opens one socket or pair for each state in the empty namespace, stops the loopback so that nothing
changes any more, then writes within one moment:

    tcp4.bin tcp6.bin    inet_diag, every state, with INET_DIAG_INFO and SKMEMINFO
    plain4.bin           the same as tcp4.bin without them: rows of two lengths
    udp4.bin udp6.bin unix.bin
    tcp4.txt … unix.txt  the /proc/net tables
    ss.txt               the same sockets as ss prints them
"""

from __future__ import annotations

import array
import contextlib
import fcntl
import os
import socket
import struct
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

FOLDER = Path(__file__).parent
UNIX_FOLDER = Path("/tmp/netinspect-wire")

SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1
INFO_AND_MEMORY = 1 << 1 | 1 << 6
NOBODY = 65534
ESTABLISHED, SYN_RECV, FIN_WAIT2, TIME_WAIT, CLOSING = 1, 3, 5, 6, 11

opened: list[socket.socket] = []


def keep(sock: socket.socket) -> socket.socket:
    opened.append(sock)
    return sock


def set_loopback(up: bool) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = array.array("b", struct.pack("16sh22x", b"lo", 0))
        fcntl.ioctl(control, SIOCGIFFLAGS, request)
        (flags,) = struct.unpack_from("h", request, 16)
        struct.pack_into("h", request, 16, flags | IFF_UP if up else flags & ~IFF_UP)
        fcntl.ioctl(control, SIOCSIFFLAGS, request)


@contextlib.contextmanager
def user(uid: int) -> Iterator[None]:
    os.seteuid(uid)
    try:
        yield
    finally:
        os.seteuid(0)


def listen(port: int, address: str = "127.0.0.1", backlog: int = 7) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = keep(socket.socket(family))
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((address, port))
    listener.listen(backlog)
    return listener


def connect(port: int, address: str = "127.0.0.1", source: int = 0) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    client = keep(socket.socket(family))
    client.bind((address, source))
    client.connect((address, port))
    return client


def pair(port: int, address: str = "127.0.0.1") -> tuple[socket.socket, socket.socket]:
    listener = listen(port, address)
    client = connect(port, address, port + 1000)
    server = keep(listener.accept()[0])
    listener.close()
    return client, server


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def wait_for(local_port: int, *, state: int, timer: int = 0) -> None:
    """Wait until the kernel lists the connection of this port so."""
    wait_until(lambda: (local_port, state, timer) in set(list_tcp4()))


def list_tcp4() -> Iterator[tuple[int, int, int]]:
    messages, offset = dump_inet(socket.AF_INET, socket.IPPROTO_TCP, 0), 0
    while offset < len(messages):
        (size,) = struct.unpack_from("=I", messages, offset)
        state, timer, _, port = struct.unpack_from(">BBBH", messages, offset + 17)
        yield port, state, timer
        offset += size


def route_to_nowhere() -> None:
    """Route a network to the loopback that is not there: what is sent to it is lost."""
    subprocess.run(["ip", "route", "add", "10.9.9.0/24", "dev", "lo"], check=True)


def checksum(data: bytes) -> int:
    total: int = sum(struct.unpack(f">{len(data) // 2}H", data))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF


def send_lone_syn(source: str, destination: str, port: int) -> None:
    """Send a SYN whose SYN-ACK nobody answers."""
    ends = socket.inet_aton(source) + socket.inet_aton(destination)
    head = struct.pack(">HHIIBBHHH", 40000, port, 1, 0, 5 << 4, 2, 1024, 0, 0)
    check = checksum(ends + struct.pack(">HH", 6, len(head)) + head)
    segment = head[:16] + struct.pack(">H", check) + head[18:]
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP) as raw:
        raw.setsockopt(socket.IPPROTO_IP, socket.IP_HDRINCL, 1)
        raw.sendto(struct.pack(">BBHHHBBH", 0x45, 0, 40, 0, 0, 64, 6, 0) + ends + segment,
                   (destination, 0))  # fmt: skip


def open_connections() -> None:
    """Open what stays as it is while the loopback works."""
    listen(8001)
    connect(8001, source=9001).send(b"hello")
    connect(8001, source=9011)
    with user(NOBODY):
        listen(8002, backlog=128)
    client, server = pair(8003)
    client.send(b"request")
    assert server.recv(7)
    server.send(b"0123456789")
    assert client.recv(4, socket.MSG_PEEK)
    client, _ = pair(8004)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    send_lone_syn("10.9.9.2", "127.0.0.1", 8001)
    wait_for(8001, state=SYN_RECV, timer=1)
    client, server = pair(8005)
    client.close()  # a FIN_WAIT2 that is kept as TIME_WAITs are, and CLOSE_WAIT
    wait_for(9005, state=FIN_WAIT2, timer=3)
    client, server = pair(8006)
    client.shutdown(socket.SHUT_WR)
    wait_for(9006, state=FIN_WAIT2)
    client, server = pair(8007)
    client.close()
    assert server.recv(1) == b""
    server.close()
    wait_for(9007, state=TIME_WAIT, timer=3)
    bound = keep(socket.socket())
    bound.bind(("127.0.0.1", 8008))
    keep(socket.socket())  # never bound: nowhere to be seen
    choked, _ = pair(8009)
    choked.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 16)
    choked.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        while True:
            choked.send(bytes(1 << 12))
    wait_for(9009, state=ESTABLISHED, timer=4)
    listen(8010)
    early = keep(socket.socket())
    early.setsockopt(socket.IPPROTO_IP, 24, 1)  # IP_BIND_ADDRESS_NO_PORT
    early.bind(("127.0.0.1", 0))
    early.connect(("127.0.0.1", 8010))


def open_ipv6() -> None:
    listen(8101, "::")
    connect(8101, "127.0.0.1", 9101)  # v4-mapped at the listener's side
    only = keep(socket.socket(socket.AF_INET6))
    only.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    only.bind(("::", 8102))
    only.listen(3)
    pair(8103, "::1")
    client, server = pair(8104, "::1")
    client.close()
    assert server.recv(1) == b""
    server.close()


def open_udp() -> None:
    receiver = keep(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    receiver.bind(("127.0.0.1", 8201))
    sender = keep(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    sender.bind(("127.0.0.1", 9201))
    sender.connect(("127.0.0.1", 8201))
    for _ in range(20):  # more than fit: some are dropped
        sender.send(bytes(500))
    with user(NOBODY):
        six = keep(socket.socket(socket.AF_INET6, socket.SOCK_DGRAM))
    six.bind(("::1", 8202))
    device = keep(socket.socket(socket.AF_INET6, socket.SOCK_DGRAM))
    device.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo\0")
    device.bind(("::", 8203))


def open_unix() -> None:
    names = [b"app.sock", b"red \x1b[31m\n\xff\xe2\x80\xae.sock"]
    for name in names:
        path = bytes(UNIX_FOLDER) + b"/" + name
        listener = keep(socket.socket(socket.AF_UNIX))
        listener.bind(path)
        listener.listen(5)
    keep(socket.socket(socket.AF_UNIX)).connect(bytes(UNIX_FOLDER) + b"/app.sock")
    abstract = keep(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
    abstract.bind(b"\0netinspect\0wire")
    with user(NOBODY):
        left, right = socket.socketpair()
    opened.extend((left, right))
    left.send(b"12345")


def stop_and_leave_hanging() -> None:
    """Open what needs packets lost, without the loopback."""
    syn_sent = keep(socket.socket())
    syn_sent.setblocking(False)
    unacked, _ = pair(8301)
    closing, peer = pair(8302)
    fin_wait1, _ = pair(8303)
    last_ack, finisher = pair(8304)
    finisher.shutdown(socket.SHUT_WR)
    orphan, _ = pair(8305)
    wait_for(8304, state=FIN_WAIT2)
    set_loopback(False)
    closing.shutdown(socket.SHUT_WR)
    set_loopback(True)
    peer.shutdown(socket.SHUT_WR)
    wait_for(9302, state=CLOSING, timer=1)
    syn_sent.bind(("127.0.0.1", 9300))
    listen(8300)
    drop_all_syns(8300)
    with contextlib.suppress(BlockingIOError):
        syn_sent.connect(("127.0.0.1", 8300))
    set_loopback(False)
    unacked.send(b"lost!")
    fin_wait1.shutdown(socket.SHUT_WR)
    last_ack.shutdown(socket.SHUT_WR)
    orphan.close()


def drop_all_syns(port: int) -> None:
    """Attach a filter to the listener that lets nothing in."""
    listener = next(s for s in reversed(opened) if s.getsockname()[1] == port)
    code = array.array("b", struct.pack("=HBBI", 6, 0, 0, 0))  # BPF_RET 0
    address, _ = code.buffer_info()
    listener.setsockopt(socket.SOL_SOCKET, 26, struct.pack("@HL", 1, address))  # SO_ATTACH_FILTER


def dump(request: bytes) -> bytes:
    """Ask sock_diag and return the messages without the NLMSG_DONE at their end."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 4) as netlink:
        netlink.send(struct.pack("=IHHII", 16 + len(request), 20, 0x301, 7, 0) + request)
        messages = b""
        while True:
            received = netlink.recv(1 << 20)
            done = received[-20:]
            if struct.unpack_from("=IH", done) == (20, 3):
                return messages + received[:-20]
            messages += received


def dump_inet(family: int, protocol: int, extensions: int = INFO_AND_MEMORY) -> bytes:
    return dump(struct.pack("=BBBBI", family, protocol, extensions, 0, 0xFFFFFFFF) + bytes(48))


def write_all() -> None:
    inet, inet6, tcp, udp = socket.AF_INET, socket.AF_INET6, 6, 17
    binaries = {
        "tcp4": dump_inet(inet, tcp),
        "plain4": dump_inet(inet, tcp, 0),
        "tcp6": dump_inet(inet6, tcp),
        "udp4": dump_inet(inet, udp),
        "udp6": dump_inet(inet6, udp),
        "unix": dump(struct.pack("=BBHIIIII", socket.AF_UNIX, 0, 0, 0xFFFFFFFF, 0, 0x55, 0, 0)),
    }
    texts = {name: Path(f"/proc/thread-self/net/{name}").read_bytes()
             for name in ("tcp", "tcp6", "udp", "udp6", "unix")}  # fmt: skip
    ss = subprocess.run(["ss", "-tuaoneimH", "-O"], check=True, capture_output=True).stdout
    for name, data in binaries.items():
        (FOLDER / f"{name}.bin").write_bytes(data)
    for name, data in texts.items():
        (FOLDER / f"{name}.txt").write_bytes(data)
    (FOLDER / "ss.txt").write_bytes(b"".join(line.rstrip() + b"\n" for line in ss.splitlines()))


def main() -> None:
    UNIX_FOLDER.mkdir(exist_ok=True)
    for path in UNIX_FOLDER.iterdir():
        path.unlink()
    set_loopback(True)
    route_to_nowhere()
    open_udp()
    open_unix()
    open_connections()
    open_ipv6()
    stop_and_leave_hanging()
    write_all()


if __name__ == "__main__":
    main()
