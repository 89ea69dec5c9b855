"""Processes that came, went, were restarted, grew; and those of which that cannot be told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from netinspect.changes import Turn
from netinspect.model import FdKinds, Host, OwnerReason, Process, Sample
from tests.changes.comparing import compared, lines, told
from tests.samples import make_sample, process, tcp

LATER = 11_000  # ticks after boot: between the two moments
HOST = Host("web-07", "6.1.0", "boot", 1000, 0, 4096, 100)


def server(pid: int, connections: int = 1, **known: Any) -> Sample:
    sockets = [
        tcp("ESTABLISHED", "10.0.0.1:80", f"10.0.0.9:{4000 + i}", [pid]) for i in range(connections)
    ]
    return make_sample(sockets, [process(pid, "nginx", **known)])


def later(sample: Sample, **known: Any) -> Sample:
    return replace(sample, taken_at=sample.taken_at + 60, monotonic=sample.monotonic + 60, **known)


def test_new_and_gone_mirror_each_other() -> None:
    before, after = make_sample([], [process(1, "init")]), later(server(701, start_time=LATER))
    after = replace(after, processes={1: process(1, "init"), **after.processes})

    assert (
        lines(compared(before, after))
        == [
            "processes: new nginx[701]; sockets None → 1; fds None → 10",
            "destinations: grew to 10.0.0.9:4000; ESTABLISHED 0 → 1",
        ][:1]
    )
    assert lines(compared(after, before)) == [
        "processes: gone nginx[701]; sockets 1 → None; fds 10 → None"
    ]


def test_restarted_is_the_same_program_under_another_pid() -> None:
    before, after = server(701), later(server(901, start_time=LATER))

    (change,) = told(compared(before, after), "processes")

    assert (change.turn, change.subject) == (Turn.RESTARTED, "nginx[901]")
    assert [(v.name, v.before, v.after) for v in change.values] == [("pid", "701", "901")]


def test_another_command_line_is_another_program() -> None:
    before = server(701, cmdline=("java", "-jar", "a.jar"))
    after = later(server(901, cmdline=("java", "-jar", "b.jar"), start_time=LATER))

    turns = [change.turn for change in told(compared(before, after), "processes")]

    assert sorted(turn.value for turn in turns) == ["gone", "new"]


def test_pid_that_another_process_has_is_not_the_same() -> None:
    before, after = server(701), later(server(701, start_time=LATER))

    (change,) = told(compared(before, after), "processes")

    assert change.turn is Turn.RESTARTED


def test_workers_that_are_replaced_are_told_only_with_everything() -> None:
    master = process(1, "php-fpm", cmdline=("php-fpm: master process (/etc/php)",))

    def host(*pids: int) -> Sample:
        title = ("php-fpm: pool www",)
        workers = [process(pid, "php-fpm", cmdline=title, start_time=9000 + pid) for pid in pids]
        sockets = [tcp("LISTEN", "0.0.0.0:9000", pids=[1, *pids], send_q=128)]
        return make_sample(sockets, [master, *workers])

    before, after = host(101, 102), later(host(2101, 2102))

    assert compared(before, after).same
    (change,) = told(compared(before, after, everything=True), "processes")
    assert (change.turn, change.text) == (Turn.RESTARTED, "2 replaced")


def test_process_without_sockets_comes_and_goes_unnoticed() -> None:
    before = make_sample([], [process(1, "init")])
    after = later(make_sample([], [process(1, "init"), process(99, "sleep", start_time=LATER)]))

    changes = compared(before, after)

    assert (changes.same, changes.left_out) == (True, 1)


def test_process_grows_from_a_size_on() -> None:
    before, less, more = server(701, 50), later(server(701, 59)), later(server(701, 70, fds=400))

    assert told(compared(before, less), "processes") == []
    (change,) = told(compared(before, more), "processes")
    assert change.turn is Turn.GREW
    assert [(v.name, v.delta) for v in change.values] == [("sockets", 20), ("fds", 390)]


def test_process_that_did_not_show_before_is_not_new() -> None:
    """Without root, hidepid hides processes: what was there all the time has not come."""
    before = replace(make_sample([], [process(50, "bash", uid=1000)]), host=HOST)
    after = later(server(701))
    after = replace(after, processes={50: process(50, "bash", uid=1000), **after.processes})

    assert compared(before, after).same
    assert compared(after, before).same


def test_sockets_that_are_hidden_do_not_count_as_none() -> None:
    shown = server(701, 40)
    hidden = shown.sockets.with_columns(
        owner_reason=shown.sockets.owner_reason * 0 + OwnerReason.HIDDEN,
        owner_count=shown.sockets.owner_count * 0,
        owner_start=shown.sockets.owner_start * 0 - 1,
    )
    blind = {701: process(701, "nginx", fd_kinds=None, fds=None)}
    after = later(shown, sockets=hidden, processes=blind, host=HOST)

    assert compared(shown, after).same
    assert compared(after, shown).same


def test_processes_of_another_boot_are_known_again_by_their_program() -> None:
    before, after = server(701), later(server(1201))
    after = replace(after, host=replace(after.host, boot_id="other"))

    assert told(compared(before, after), "processes") == []
    assert told(compared(before, after), "host")[0].text == "rebooted between the two"


def test_filter_restricts_both_sides() -> None:
    before, after = make_sample([], [process(1, "init")]), later(server(701, start_time=LATER))
    after = replace(after, processes={1: process(1, "init"), **after.processes})

    assert not told(compared(before, after, "pid 1"), "processes")
    assert len(told(compared(before, after, "pid 701"), "processes")) == 1


def test_kernel_threads_and_own_processes_are_left_out() -> None:
    def thread(pid: int) -> Process:
        return process(pid, "kworker/0", ppid=2, exe=None, cmdline=(), start_time=LATER)

    before = make_sample([], [process(1, "init")])
    after = later(make_sample([], [process(1, "init"), thread(70), process(71, start_time=LATER)]))
    after = replace(after, self_pids=frozenset({71}))

    assert compared(before, after, everything=True).same


def test_kinds_of_descriptors_and_limits() -> None:
    before = server(701)
    after = later(server(701, fds=90, fd_kinds=FdKinds(1, 80, 3, 4, 0), fd_soft=65536))

    (change,) = told(compared(before, after), "descriptors")

    assert change.turn is Turn.CHANGED
    assert [(v.name, v.before, v.after) for v in change.values] == [
        ("file", 2, 80),
        ("fd_soft", 1024, 65536),
    ]
