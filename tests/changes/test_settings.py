"""The host, its settings and its counters."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from netinspect.changes import Turn
from netinspect.model import Host, Limits, Note, Sample
from tests.changes.comparing import compared, lines, told
from tests.samples import make_sample, namespace, process, tcp

OTHER_NETNS = 4026532000


def host(at: float = 0.0, **known: Any) -> Sample:
    return make_sample([], [process(1, "init")], at=at, **known)


def test_setting_that_was_changed() -> None:
    before = host(namespaces=[namespace(sysctls={"net.core.somaxconn": "128"})])
    after = host(60, namespaces=[namespace(sysctls={"net.core.somaxconn": "4096"})])

    assert lines(compared(before, after)) == [
        "settings: changed net.core.somaxconn; net.core.somaxconn 128 → 4096"
    ]


def test_setting_that_one_side_does_not_know() -> None:
    after = host(60, namespaces=[namespace(sysctls={"net.core.somaxconn": "4096"})])

    assert compared(host(), after).same
    assert compared(after, host()).same


def test_what_is_used_is_no_setting() -> None:
    before = host(namespaces=[namespace(sysctls={"fs.file-nr": "2048 0 100000"})])
    after = host(60, namespaces=[namespace(sysctls={"fs.file-nr": "2112 0 100000"})])

    assert compared(before, after).same


def test_limits_are_told_once() -> None:
    before = host(
        limits=Limits(file_nr=2048, file_max=1000),
        namespaces=[namespace(sysctls={"fs.file-max": "1000"})],
    )
    after = host(
        60,
        limits=Limits(file_nr=2048, file_max=2000),
        namespaces=[namespace(sysctls={"fs.file-max": "2000"})],
    )
    bare = replace(after, namespaces=(namespace(),))

    assert len(told(compared(before, after), "settings")) == 1
    assert lines(compared(before, bare)) == [
        "settings: changed fs.file-max; fs.file-max 1000 → 2000"
    ]


def test_open_files_of_the_host() -> None:
    after = host(60, limits=Limits(file_nr=9000, file_max=100_000, nr_open=1_048_576))

    assert lines(compared(host(), after)) == ["descriptors: grew open files; file_nr 2048 → 9000"]


def test_counters_per_second() -> None:
    before = host(namespaces=[namespace(counters={"TcpExt.ListenOverflows": 100})])
    after = host(60, namespaces=[namespace(counters={"TcpExt.ListenOverflows": 700})])

    (change,) = told(compared(before, after), "counters")
    (back,) = told(compared(after, before), "counters")

    assert change.text == "10/s: packets of handshakes that found an accept queue full"
    assert change.about["rate"] == back.about["rate"] == 10.0
    assert (change.turn, back.turn) == (Turn.GREW, Turn.SHRANK)


def test_counters_that_move_on_any_host_need_a_rate() -> None:
    def sent(resets: int, at: float = 0.0) -> Sample:
        return host(at, namespaces=[namespace(counters={"Tcp.OutRsts": resets})])

    assert compared(sent(0), sent(59, 60)).same
    assert len(told(compared(sent(0), sent(61, 60)), "counters")) == 1
    assert len(told(compared(sent(0), sent(59, 60), everything=True), "counters")) == 1


def test_counters_of_another_boot_or_namespace_are_not_compared() -> None:
    before = host(namespaces=[namespace(counters={"TcpExt.ListenOverflows": 100})])
    booted = host(60, namespaces=[namespace(counters={"TcpExt.ListenOverflows": 700})])
    booted = replace(booted, host=replace(booted.host, boot_id="other"))
    counted = namespace(counters={"TcpExt.ListenOverflows": 700}, inode=OTHER_NETNS)
    elsewhere = host(60, namespaces=[counted])

    assert told(compared(before, booted), "counters") == []
    assert told(compared(before, elsewhere), "counters") == []
    assert "of different network namespaces: counters are not compared" in (
        compared(before, elsewhere).notes
    )


def test_counter_that_began_anew_says_nothing() -> None:
    before = host(namespaces=[namespace(counters={"TcpExt.ListenOverflows": 700})])
    after = host(60, namespaces=[namespace(counters={"TcpExt.ListenOverflows": 1})])

    assert compared(before, after).same


def test_settings_of_several_namespaces_say_where() -> None:
    def two(value: str, at: float = 0.0) -> Sample:
        other = namespace(inode=OTHER_NETNS, sysctls={"net.core.somaxconn": value})
        return host(at, namespaces=[namespace(), other])

    (change,) = told(compared(two("128"), two("64", 60)), "settings")

    assert change.subject == f"net.core.somaxconn in netns {OTHER_NETNS}"


def test_other_host_is_said_and_compared() -> None:
    after = host(60, host=Host("web-08", "6.2.0", "other", 0, (1 << 41) - 1, 4096, 100))

    changes = compared(host(), after)

    assert changes.notes[0].startswith("different hosts, web-07 and web-08: counters are not")
    assert lines(changes) == [
        "host: changed name; name web-07 → web-08",
        "host: changed kernel; kernel 6.1.0 → 6.2.0",
    ]


def test_container_of_the_same_machine_has_its_counters_compared() -> None:
    other = Host("box", "6.1.0", "boot", 0, (1 << 41) - 1, 4096, 100)

    (note,) = compared(host(), host(60, host=other)).notes

    assert note == "different hosts, web-07 and box: of one boot, so of one machine"


def test_dump_does_not_say_of_which_host_it_is() -> None:
    dump = replace(host(60), host=Host("dump.bin"), processes={}, namespaces=())

    changes = compared(host(), dump)

    assert changes.same
    assert [note.partition(":")[0] for note in changes.notes] == [
        "not known to be of one boot",
        "B knows no processes",
        "B knows no settings and counters",
    ]


def test_redacted_side_is_said() -> None:
    after = host(60, notes=[Note("redaction", "addresses are pseudonyms")])

    (note,) = compared(host(), after).notes
    assert note.startswith("only B is redacted: names and addresses do not match; ")
    assert compared(after, after).notes == ()


def test_filter_says_that_counters_are_of_all() -> None:
    sample = make_sample([tcp("LISTEN", "0.0.0.0:80", pids=[1])], [process(1)])

    assert any("not of the filter" in note for note in compared(sample, sample, "port 80").notes)
    assert not any("filter" in note for note in compared(sample, sample).notes)
