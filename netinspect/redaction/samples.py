"""A Sample → the same with pseudonyms; numbers, states, ports, pids and counters stay."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from netinspect.model import Host, Note, Process, Pulses, Sample, SocketTable
from netinspect.redaction.addresses import Addresses
from netinspect.redaction.keys import Keys
from netinspect.redaction.names import DELETED, Names
from netinspect.redaction.texts import Texts

NOTE = Note("redaction", "addresses, users, command lines and names are pseudonyms")


class Samples:
    """Redacts Samples; what names it meets, `texts` learns."""

    def __init__(self, addresses: Addresses, names: Names, keys: Keys, texts: Texts) -> None:
        self._addresses = addresses
        self._names = names
        self._keys = keys
        self._texts = texts

    def redact(self, sample: Sample) -> Sample:
        """Replace what a Sample tells."""
        self._learn_host(sample.host)
        processes = {pid: self._process(one) for pid, one in sample.processes.items()}
        return replace(
            sample,
            host=self._host(sample.host),
            sockets=self._sockets(sample.sockets),
            processes=processes,
            notes=(NOTE, *(self._note(note) for note in sample.notes if note != NOTE)),
            pulses=self._pulses(sample.pulses),
        )

    def _host(self, host: Host) -> Host:
        boot = host.boot_id and self._names.boot(host.boot_id)
        return replace(host, name=self._names.host(host.name), boot_id=boot)

    def _learn_host(self, host: Host) -> None:
        self._texts.learn(host.name, self._names.host(host.name))
        label, _, domain = host.name.partition(".")
        if domain:  # the short name stands for the same host
            self._texts.learn(label, self._names.host(host.name))

    def _process(self, process: Process) -> Process:
        names, learn = self._names, self._learn
        words, threads = process.cmdline, process.thread_names
        return replace(
            process,
            name=learn(process.name, names.process),
            comm=learn(process.comm, names.process),
            user=None if process.user is None else learn(process.user, names.user),
            cmdline=None if words is None else names.command(words),
            exe=None if process.exe is None else self._program(process.exe),
            cgroup=None if process.cgroup is None else learn(process.cgroup, names.path),
            unit=None if process.unit is None else learn(process.unit, names.part),
            container=None
            if process.container is None
            else learn(process.container, names.container),
            thread_names=None if threads is None else names.threads(threads),
        )

    def _program(self, path: str) -> str:
        bare = path.removesuffix(DELETED)
        self._learn(bare.rpartition("/")[2], self._names.part)
        return self._learn(bare, self._names.path) + path[len(bare) :]

    def _learn(self, name: str, rename: Callable[[str], str]) -> str:
        new = rename(name)
        self._texts.learn(name, new)
        return new

    def _sockets(self, sockets: SocketTable) -> SocketTable:
        local = self._addresses.columns(sockets.local_hi, sockets.local_lo)
        remote = self._addresses.columns(sockets.remote_hi, sockets.remote_lo)
        return sockets.with_columns(
            key=self._keys.column(sockets.key),
            local_hi=local[0],
            local_lo=local[1],
            remote_hi=remote[0],
            remote_lo=remote[1],
            paths=tuple(self._learn(path, self._names.path) for path in sockets.paths),
        )

    def _pulses(self, pulses: Pulses) -> Pulses:
        return replace(pulses, sockets=self._sockets(pulses.sockets)) if len(pulses) else pulses

    def _note(self, note: Note) -> Note:
        remedy = note.remedy and self._texts.redact(note.remedy)
        return replace(note, message=self._texts.redact(note.message), remedy=remedy)
