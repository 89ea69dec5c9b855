"""The status lines say what the picture lacks."""

from __future__ import annotations

from dataclasses import replace

from netinspect.model import Cost, Coverage, Note
from netinspect.tui.line import fit_parts
from netinspect.tui.status import Status
from tests.tui.fakes import TAKEN_AT, make_process, make_sample

WHOLE = Coverage(661, 0, 48, 0, True, ())


def status(cost: Cost | None = None, coverage: Coverage = WHOLE) -> Status:
    sample = make_sample([make_process(1, "init")], cost=cost)
    made = Status("web-07", 2.0, coverage=coverage, shown_at=TAKEN_AT)
    made.take_sample(sample)
    return made


def summary(status: Status) -> str:
    return " · ".join(part.text for part in status.summary())


def notices(status: Status) -> str:
    return " · ".join(part.text for part in status.notices())


def test_host_rights_counts_and_interval_are_told() -> None:
    assert summary(status()) == (
        "netinspect · web-07 · kernel 6.1.0 · root · 661 sockets, 48 processes · every 2 s"
    )


def test_nothing_wrong_needs_no_second_line() -> None:
    assert notices(status()) == ""


def test_hidden_owners_are_told_with_the_remedy() -> None:
    hidden = replace(WHOLE, owners_hidden=214, privileged=False)

    assert "owners hidden for 214 of 661 sockets: run with --sudo" in notices(
        status(coverage=hidden)
    )


def test_notes_are_counted() -> None:
    noted = replace(WHOLE, notes=(Note("conntrack", "not loaded"),))

    assert notices(status(coverage=noted)) == "1 note on what could not be read: n"


def test_stretched_interval_is_told_with_its_reason() -> None:
    stretched = status(Cost(cpu=0.3, wall=0.61, interval=5.8))

    assert "every ~6 s (stretched: ~0.7 s a pass)" in summary(stretched)


def test_stretched_interval_that_wavers_is_told_the_same() -> None:
    stretched = status(Cost(cpu=0.3, wall=0.61, interval=5.8))
    told = {summary(stretched)}

    for wall, interval in ((0.52, 4.4), (0.69, 5.9), (0.5, 4.3)):
        stretched.take_sample(
            make_sample([make_process(1, "init")], cost=Cost(0.3, wall, interval))
        )
        told.add(summary(stretched))

    assert len(told) == 1


def test_stretched_interval_is_told_on_a_narrow_screen_too() -> None:
    stretched = status(Cost(cpu=0.3, wall=0.61, interval=5.8))

    fitting = fit_parts(stretched.summary(), 60, " · ")

    assert [part.text for part in fitting] == [
        *("web-07", "root", "661 sockets", "every ~6 s (stretched)"),
    ]


def test_interval_kept_again_is_told_when_it_lasts() -> None:
    recovering = status(Cost(cpu=0.3, wall=0.61, interval=5.8))
    fast = make_sample([make_process(1, "init")], cost=Cost(0.01, 0.01, 2.0))
    told = []

    for _ in range(5):
        recovering.take_sample(fast)
        told.append("stretched" in summary(recovering))

    assert told == [True, True, True, True, False]


def test_another_pace_is_told_at_once() -> None:
    changed = status(Cost(cpu=0.3, wall=0.61, interval=5.8))

    changed.set_pace(10.0)

    assert "every 10 s" in summary(changed)


def test_age_shows_only_when_samples_are_overdue() -> None:
    fresh, late = status(), status()
    fresh.age, late.age = 4.0, 9.0

    assert not fresh.stale
    assert notices(late) == "STALE 9.0s"


def test_pause_tells_the_time_of_the_picture() -> None:
    paused = status()
    paused.paused = True

    assert notices(paused).startswith("PAUSED at ")


def test_failure_comes_first_and_says_how_to_retry() -> None:
    failed = status()
    failed.failure, failed.ended, failed.filter = "the probe died", True, "pid 1"

    assert notices(failed) == "! the probe died · r retry · only pid 1"


def test_before_data_the_line_says_so() -> None:
    assert summary(Status("web-07", 2.0)).endswith("web-07 · waiting for the first sample")
