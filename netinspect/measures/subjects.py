"""Who a finding is about: Subjects from rows, processes and namespaces."""

from __future__ import annotations

from dataclasses import replace

from netinspect.finding import Subject, SubjectKind
from netinspect.humanize import address_text, endpoint_text
from netinspect.measures.facts import Facts
from netinspect.measures.socket_values import SocketValues
from netinspect.model import Namespace, Process, SocketTable

HOST = Subject(SubjectKind.HOST, "host", "this host")


def process_text(process: Process | None) -> str:
    """Name a process as a person does: java[812]."""
    return f"{process.name}[{process.pid}]" if process else "unknown process"


def process_subject(process: Process) -> Subject:
    """Name a process."""
    key = f"{process.pid}/{process.start_time}"
    text, netns = process_text(process), process.netns or 0
    return with_process(Subject(SubjectKind.PROCESS, key, text, netns=netns), process)


def with_process(subject: Subject, process: Process | None) -> Subject:
    """Add the process a subject belongs to, where it is known."""
    if process is None:
        return subject
    return replace(
        subject,
        process=process.key,
        name=process.name,
        unit=process.unit,
        container=process.container,
    )


def namespace_subject(namespace: Namespace) -> Subject:
    """Name a network namespace."""
    return Subject(
        SubjectKind.NAMESPACE,
        f"netns/{namespace.inode}",
        f"netns {namespace.inode}" if namespace.inode else "this namespace",
        netns=namespace.inode,
    )


def listener_subject(
    facts: Facts, row: int, process: Process | None = None, *, inferred: bool = False
) -> Subject:
    """Name a listener and the process that holds it; process: which one of several it is about.

    Its key is the socket's: SO_REUSEPORT siblings are subjects of their own. inferred: that the
    finding's sockets belong to it is concluded from their port.
    """
    process = process or facts.holder(row)
    subject = _of_socket(facts, row, SubjectKind.LISTENER, process, remote=False)
    return replace(subject, inferred=inferred)


def socket_subject(facts: Facts, row: int) -> Subject:
    """Name one connection and the process that holds it."""
    return _of_socket(facts, row, SubjectKind.SOCKET, facts.holder(row), remote=True)


def port_subject(netns: int, port: int, process: Process | None = None) -> Subject:
    """Name a local port, and the process that has it where one is known."""
    where = f"{process_text(process)} " if process else ""
    subject = Subject(
        SubjectKind.PORT,
        f"port/{netns}/{port}",
        f"{where}port {port}",
        netns=netns,
        local_port=port,
    )
    return with_process(subject, process)


def source_subject(facts: Facts, row: int, process: Process | None = None) -> Subject:
    """Name the local address of a socket, and the process most of whose sockets have it.

    Its key holds no process.
    """
    netns, address = int(facts.sockets.netns[row]), _local_text(facts, row)
    subject = Subject(
        SubjectKind.NAMESPACE,
        f"source/{netns}/{address}",
        f"{process_text(process)} from {address}" if process else f"from {address}",
        netns=netns,
        local_addr=address,
    )
    return with_process(subject, process)


def clients_subject(facts: Facts, row: int, process: Process | None = None) -> Subject:
    """Name those who are connected to the local port of a socket.

    process: the one that serves them; None = not known, or several do.
    """
    netns, port = int(facts.sockets.netns[row]), int(facts.sockets.local_port[row])
    server = f"{process_text(process)} " if process else ""
    subject = Subject(
        SubjectKind.PORT,
        f"clients/{netns}/{port}",
        f"clients of {server}port {port}",
        netns=netns,
        local_port=port,
    )
    return with_process(subject, process)


def destination_subject(
    facts: Facts,
    row: int,
    process: Process | None = None,
    *,
    inferred: bool = False,
    sockets: SocketTable | None = None,
) -> Subject:
    """Name the remote end of a connection, with its source address and who dials it.

    process: None = not told, or several do. The key holds neither process nor local port.
    sockets: the table the row is in, where that is not the Window's.
    """
    sockets = facts.sockets if sockets is None else sockets
    source = address_text(int(sockets.local_hi[row]), int(sockets.local_lo[row]))
    remote = address_text(int(sockets.remote_hi[row]), int(sockets.remote_lo[row]))
    port = int(sockets.remote_port[row])
    netns = int(sockets.netns[row])
    end = endpoint_text(remote, port)
    dialler = f"{process_text(process)} → " if process else f"{source} → "
    subject = Subject(
        SubjectKind.DESTINATION,
        f"dst/{netns}/{source}/{end}",
        dialler + end,
        netns=netns,
        local_addr=source,
        remote_addr=remote,
        remote_port=port,
        inferred=inferred,
    )
    return with_process(subject, process)


def _of_socket(
    facts: Facts, row: int, kind: SubjectKind, process: Process | None, *, remote: bool
) -> Subject:
    sockets = facts.sockets
    local = _local_text(facts, row)
    local_port, remote_port = int(sockets.local_port[row]), int(sockets.remote_port[row])
    far = address_text(int(sockets.remote_hi[row]), int(sockets.remote_lo[row])) if remote else None
    text = endpoint_text(local, local_port)
    if far is not None:
        text += f" → {endpoint_text(far, remote_port)}"
    if process:
        text = f"{process_text(process)} {text}"
    subject = Subject(
        kind,
        f"{kind.value}/{int(sockets.key[row])}",
        text,
        netns=int(sockets.netns[row]),
        local_addr=local,
        local_port=local_port,
        remote_addr=far,
        remote_port=remote_port if remote else None,
    )
    return with_process(subject, process)


def _local_text(facts: Facts, row: int) -> str:
    import numpy as np

    (text,) = SocketValues(facts.window).read("local_addr", np.array([row]))
    return str(text)
