"""A source and panes made by hand, and the screen as text."""

from __future__ import annotations

import asyncio
import queue
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from textual.app import App
from textual.pilot import Pilot

from netinspect.cells import UNICODE
from netinspect.errors import SourceError
from netinspect.model import (
    Cost,
    Family,
    Host,
    Limits,
    OwnerTable,
    Process,
    Proto,
    Row,
    RowKey,
    Sample,
    SocketTable,
    Value,
    Window,
)
from netinspect.parts import Column, Pane, RowList, Rows
from netinspect.tui.app import NetinspectApp
from netinspect.tui.settings import Settings

Check = Callable[[NetinspectApp, Pilot[None]], Awaitable[None]]

TAKEN_AT = 1_700_000_000.0
MAPPED = 0xFFFF << 32


class FakeSource:
    """Gives out the Samples it is handed, then blocks; an exception handed to it is raised."""

    def __init__(self, *samples: Sample | Exception) -> None:
        self.target = "web-07"
        self.watched: list[int] = []
        self.intervals: list[float] = []
        self.refreshes = 0
        self.closed = False
        self._queue: queue.Queue[Sample | Exception] = queue.Queue()
        for sample in samples:
            self._queue.put(sample)

    def put(self, sample: Sample | Exception) -> None:
        self._queue.put(sample)

    def read(self) -> Sample:
        item = self._queue.get()
        if isinstance(item, Exception):
            raise item
        return item

    def refresh(self) -> None:
        self.refreshes += 1

    def set_interval(self, seconds: float) -> None:
        self.intervals.append(seconds)

    def watch(self, cookies: Sequence[int]) -> None:
        self.watched = list(cookies)

    def close(self) -> None:
        self.closed = True
        self._queue.put(SourceError("closed"))


def make_process(pid: int, name: str, fds: int = 10) -> Process:
    """Make a process of which the usual is known."""
    return Process(
        pid=pid,
        start_time=pid,
        ppid=1,
        comm=name,
        name=name,
        state="S",
        threads=1,
        uid=0,
        user="root",
        cmdline=(name,),
        exe=f"/usr/bin/{name}",
        cgroup=None,
        unit=None,
        container=None,
        fds=fds,
        fd_soft=1024,
        fd_hard=4096,
        fd_kinds=None,
        netns=None,
    )


def make_sample(
    processes: Sequence[Process], sockets: int = 0, *, at: float = 0.0, cost: Cost | None = None
) -> Sample:
    """Make a Sample: each process holds the established sockets 1000+i, round robin."""
    number = np.arange(sockets)
    pids = [process.pid for process in processes] or [0]
    owner = np.array(pids, np.int32)[number % len(pids)]
    inode = number + 1000
    table = SocketTable.build(
        sockets,
        key=number + 1,
        cookie=number + 1,
        inode=inode,
        proto=np.full(sockets, Proto.TCP),
        family=np.full(sockets, Family.INET),
        state=np.full(sockets, 1),
        local_lo=np.full(sockets, MAPPED | 0x7F000001, np.uint64),
        remote_lo=np.full(sockets, MAPPED | 0x7F000001, np.uint64),
        local_port=40000 + number,
        remote_port=np.full(sockets, 80),
        pid=owner,
        owner_reason=np.ones(sockets),
        owner_start=number,
        owner_count=np.ones(sockets),
    )
    return Sample(
        taken_at=TAKEN_AT + at,
        monotonic=100.0 + at,
        host=Host("web-07", "6.1.0", euid=0),
        sockets=table,
        owners=OwnerTable(inode.astype(np.uint64), owner, np.full(sockets, 3, np.int32)),
        processes={process.pid: process for process in processes},
        namespaces=(),
        limits=Limits(),
        cost=cost or Cost(cpu=0.0, wall=0.01, interval=2.0),
    )


class FakePane:
    """Processes by pid, as plain as a pane can be."""

    name = "processes"
    key = "2"
    title = "Processes"
    help = "Which process holds how many descriptors?"
    fields: tuple[str, ...] = ("pid", "process", "user", "fds")
    columns: tuple[Column, ...] = (
        Column("PID", ("pid",), 7, 0),
        Column("NAME", ("process",), 12, 0, grow=True),
        Column("USER", ("user",), 8, 3),
        Column("FDS", ("fds",), 6, 2),
    )
    sort = "fds"
    descending = True
    empty = "No process was found."

    def rows(self, window: Window) -> Rows:
        wanted = window.selected_pids
        processes = window.now.processes.values()
        return RowList(
            self.fields, [self._row(p) for p in processes if wanted is None or p.pid in wanted]
        )

    def header(self, window: Window) -> str:
        return f"{len(window.now.processes)} in all"

    def _row(self, process: Process) -> Row:
        values: tuple[Value, ...] = (process.pid, process.name, process.user, process.fds)
        return Row(process.pid, values, drill=f"pid {process.pid}")


class FakeSocketPane(FakePane):
    """The sockets that pass the filter, by local port."""

    name = "sockets"
    key = "3"
    title = "Sockets"
    help = "Which sockets are there?"
    fields: tuple[str, ...] = ("local_port", "pid", "cookie")
    columns: tuple[Column, ...] = (
        Column("PORT", ("local_port",), 6, 0),
        Column("PID", ("pid",), 7, 1, grow=True),
    )
    sort = "local_port"
    descending = False
    empty = "No socket passes the filter."

    def rows(self, window: Window) -> Rows:
        sockets = window.now.sockets.take(window.selected)
        columns = (sockets.local_port, sockets.pid, sockets.cookie)
        values = zip(*(column.tolist() for column in columns), strict=True)
        return RowList(self.fields, [Row(v[2], (v[0], v[1], str(v[2]))) for v in values])

    def header(self, window: Window) -> str:
        return ""


class NumberRows:
    """As many rows as wanted, made only when asked for."""

    fields = FakePane.fields

    def __init__(self, size: int) -> None:
        self._size = size
        self.built = 0

    def __len__(self) -> int:
        return self._size

    def row(self, index: int) -> Row:
        self.built += 1
        return Row(index, (index, f"n{index}", "root", index))

    def sort_values(self, field: str) -> NDArray[np.float64] | NDArray[np.str_]:
        return np.arange(self._size, dtype=np.float64)

    def find(self, key: RowKey) -> int | None:
        return key if isinstance(key, int) and key < self._size else None


class NumberPane(FakePane):
    """A pane of a million rows."""

    sort = "pid"
    descending = False

    def __init__(self, size: int = 1_000_000) -> None:
        self.made = NumberRows(size)

    def rows(self, window: Window) -> Rows:
        return self.made


def screen_text(app: App[None]) -> str:
    """Return what is on the screen as plain text, trailing blanks removed."""
    strips = app.screen._compositor.render_strips(app.size)
    return "\n".join(strip.text.rstrip() for strip in strips)


async def until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait for a condition, letting the app work meanwhile."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition never came true"
        await asyncio.sleep(0.005)


async def settle(pilot: Pilot[None], seconds: float = 60.0) -> None:
    """Wait until the screen stays as it is: a scrollbar comes a moment after its rows."""
    seen: list[str] = []
    deadline = time.monotonic() + seconds
    while len(seen) < 3 or len(set(seen[-3:])) > 1:
        assert time.monotonic() < deadline, "the screen never came to rest"
        await pilot.pause()
        seen.append(screen_text(pilot.app))


def make_app(source: FakeSource | None, *panes: Pane, **settings: Any) -> NetinspectApp:
    """Make the app over a fake source or none, with processes and sockets unless told otherwise."""
    held: tuple[Pane, ...] = panes or (FakePane(), FakeSocketPane())
    return NetinspectApp(
        Settings(
            source=source,
            reopen=settings.pop("reopen", (lambda: source) if source else None),
            glyphs=settings.pop("glyphs", UNICODE),
            load_panes=settings.pop("load_panes", lambda: held),
            **settings,
        )
    )


def on_screen(
    source: FakeSource,
    check: Check,
    *,
    size: tuple[int, int] = (80, 24),
    with_data: bool = True,
    **settings: Any,
) -> None:
    """Run a check once the first data is on screen."""

    async def run() -> None:
        app = make_app(source, **settings)
        async with app.run_test(size=size) as pilot:
            await until(lambda: not with_data or app.status.coverage is not None)
            await settle(pilot)
            await check(app, pilot)

    asyncio.run(run())


def notices(app: App[None]) -> list[str]:
    """Return the notices that popped up, also those whose few seconds are over by now."""
    return [one.message for one in app._notifications._notifications.values()]


async def wait_for(app: NetinspectApp, text: str) -> None:
    await until(lambda: text in screen_text(app))
