"""Names → pseudonyms: of processes, users, units, containers, hosts; paths part by part.

What only says how a Linux host is made stays: the folders every one has, the suffixes of units, the
programs whose servers and runtimes netinspect tells apart.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from hashlib import blake2b

from netinspect.measures.runtimes import is_known_program

_DIGITS = 8
_SHORT_ID = 12
DELETED = " (deleted)"
_KEPT_PROGRAMS = frozenset({"systemd", "init", "netinspect"})
_PARTS = (
    "bin boot dev etc home lib lib32 lib64 local media mnt opt proc root run sbin share srv sys tmp"
    " usr var cache data libexec log private systemd user system machine init containers docker"
    " lxc kubepods jvm dbus system.slice user.slice machine.slice init.scope app.slice"
    " kubepods.slice kubepods-besteffort.slice kubepods-burstable.slice"
    " org.apache.catalina.startup.Bootstrap"
)
_KEPT_PARTS = frozenset(_PARTS.split())
_SUFFIX = re.compile(
    r"\.(?:service|scope|slice|socket|mount|target|sock|so|pid|log|conf|jar|py|js|sh)$"
)
_NUMBERED = re.compile(r"(?:user|session|user@|user-runtime-dir@)-?\d{1,7}|\d{1,5}")
_CONTAINER = re.compile(r"(docker-|libpod-|cri-containerd-|crio-|nerdctl-)?([0-9a-f]{12,64})")
# Tomcat's workers, as far as 15 bytes reach: the port in them tells whose they are.
_POOL = re.compile(r"(?:https?|ajp)(?:-(?:nio2?|apr|bio|jsse|openssl))*-\d+-e(?:x(?:e(?:c-?)?)?)?")


class Names:
    """Gives every name its pseudonym under one secret."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def process(self, name: str) -> str:
        """Replace the name of a process, unless many hosts have that program."""
        program = name.partition(":")[0]
        return program if _is_kept_program(program) else f"proc-{self._digits(name)}"

    def user(self, name: str) -> str:
        """Replace the name of a user; root stays, and who is only known by a number."""
        return name if name == "root" or name.isdigit() else f"user-{self._digits(name)}"

    def host(self, name: str) -> str:
        """Replace the name of a host."""
        return name if name == "localhost" else f"host-{self._digits(name)}"

    def container(self, name: str) -> str:
        """Replace a container's id by another one, its name by a pseudonym."""
        is_id = re.fullmatch(r"[0-9a-f]{12,64}", name)
        return self._id(name) if is_id else f"ctr-{self._digits(name)}"

    def boot(self, name: str) -> str:
        """Replace a boot id; what boot id two documents share they still share."""
        digits = self._digits(name, 32)
        cuts = ((0, 8), (8, 12), (12, 16), (16, 20), (20, 32))
        return "-".join(digits[first:last] for first, last in cuts)

    def path(self, path: str) -> str:
        """Replace the parts of a path, of a cgroup or of a unix socket's name, that say something.

        A sign before it (@ of an abstract name) and " (deleted)" behind it stay.
        """
        bare = path.removesuffix(DELETED)
        sign = "@" if bare.startswith("@") else ""
        parts = bare[len(sign) :].split("/")
        return sign + "/".join(map(self.part, parts)) + path[len(bare) :]

    def part(self, part: str) -> str:
        """Replace one part of a path, or the name of a unit."""
        if part in _KEPT_PARTS or part in ("", ".", "..") or _is_kept_program(part):
            return part
        suffix = found[0] if (found := _SUFFIX.search(part)) else ""
        stem = part[: len(part) - len(suffix)]
        if container := _CONTAINER.fullmatch(stem):
            return (container[1] or "") + self._id(container[2]) + suffix
        name, at, instance = stem.partition("@")
        if at and instance and not _NUMBERED.fullmatch(stem):
            return f"{self._word(name)}@{self._word(instance)}{suffix}"
        return self._word(stem) + suffix

    def command(self, words: Sequence[str]) -> tuple[str, ...]:
        """Replace a command line: the program as a path, what follows word by word."""
        return (*map(self._program, words[:1]), *map(self._argument, words[1:]))

    def threads(self, counts: Mapping[str, int]) -> dict[str, int]:
        """Replace the names of threads, but for those whose port tells what they serve."""
        renamed: dict[str, int] = {}
        for name, count in counts.items():
            new = name if _POOL.fullmatch(name) else f"thread-{self._digits(name)}"
            renamed[new] = renamed.get(new, 0) + count
        return renamed

    def _program(self, word: str) -> str:
        program, colon, title = word.partition(": ")
        if colon and _is_kept_program(program):  # "nginx: worker process"
            return f"{program}: {self._argument(title)}"
        return self.path(word)

    def _argument(self, word: str) -> str:
        base = word.rpartition("/")[2]
        if word in _KEPT_PARTS or _is_kept_program(base):
            return self.path(word)
        return f"arg-{self._digits(word)}"

    def _word(self, word: str) -> str:
        if word in _KEPT_PARTS or _is_kept_program(word) or _NUMBERED.fullmatch(word):
            return word
        return f"name-{self._digits(word)}"

    def _id(self, number: str) -> str:
        """Replace a container's id; the short one stays the beginning of the long one."""
        short = self._digits(number[:_SHORT_ID], _SHORT_ID)
        return short + self._digits(number, 64)[: len(number) - _SHORT_ID]

    def _digits(self, word: str, count: int = _DIGITS) -> str:
        raw = word.encode("utf-8", "surrogatepass")
        return blake2b(raw, key=self._secret, digest_size=32, person=b"name").hexdigest()[:count]


def _is_kept_program(name: str) -> bool:
    return name in _KEPT_PROGRAMS or is_known_program(name)
