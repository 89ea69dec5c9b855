"""Words of a line shrink and leave by rank."""

from __future__ import annotations

from netinspect.tui.line import Part, fit_parts


def words(parts: tuple[Part, ...]) -> list[str]:
    return [part.text for part in parts]


def test_parts_that_fit_all_stay() -> None:
    parts = (Part("one"), Part("two", rank=5))

    assert fit_parts(parts, 9, " · ") == parts


def test_part_of_highest_rank_leaves_first() -> None:
    parts = (Part("one", rank=9), Part("two", rank=1), Part("three", rank=2))

    assert words(fit_parts(parts, 11, " · ")) == ["two", "three"]


def test_part_shrinks_before_it_leaves() -> None:
    parts = (Part("one"), Part("processes", rank=1, short="procs"))

    assert words(fit_parts(parts, 11, " · ")) == ["one", "procs"]
    assert words(fit_parts(parts, 10, " · ")) == ["one"]


def test_all_parts_of_a_rank_shrink_before_one_leaves() -> None:
    tabs = [Part(f"{i} Pane", rank=1, short=f"{i}") for i in range(4)]

    assert words(fit_parts(tabs, 20, " ")) == ["0 Pane", "1 Pane", "2", "3"]
    assert words(fit_parts(tabs, 6, " ")) == ["0", "1", "2"]


def test_what_must_stay_is_cut_where_it_is_longest() -> None:
    assert words(fit_parts((Part("everything"),), 5, " ")) == ["ever…"]
    assert words(fit_parts((Part("a long reason"), Part("r retry")), 16, " ")) == [
        "a long…",
        "r retry",
    ]
    assert words(fit_parts((Part("one part"), Part("longer part")), 4, " ")) == ["o…", "…"]
    assert words(fit_parts((Part("one"), Part("two")), 1, " ")) == ["…", "…"]
