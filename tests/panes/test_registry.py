"""Every pane is registered, under its own key, with fields that exist."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

import netinspect.panes
from netinspect.fields import FIELDS
from netinspect.panes import PANES
from netinspect.parts import Pane
from netinspect.report import PaneRequest, build_report
from netinspect.row_order import order_rows
from tests.panes.rows import rows_of
from tests.samples import make_sample, make_window, process, tcp, udp


def test_every_file_is_a_registered_pane() -> None:
    folder = Path(netinspect.panes.__file__).parent
    files = {path.stem for path in folder.glob("*.py")} - {"__init__"}

    found = [import_module(f"netinspect.panes.{name}").PANE for name in files]

    assert {id(pane) for pane in found} == {id(pane) for pane in PANES}


def test_panes_are_in_the_order_of_their_keys() -> None:
    assert [int(pane.key) for pane in PANES] == list(range(1, len(PANES) + 1))
    assert len({pane.name for pane in PANES}) == len(PANES)


@pytest.mark.parametrize("pane", PANES, ids=lambda pane: pane.name)
def test_names_of_a_pane_are_fields(pane: Pane) -> None:
    shown = {name for column in pane.columns for name in column.fields}

    assert set(pane.fields) <= FIELDS.keys()
    assert shown <= set(pane.fields)
    assert pane.sort in pane.fields
    assert len(set(pane.fields)) == len(pane.fields)
    assert pane.help
    assert pane.empty


@pytest.mark.parametrize("pane", PANES, ids=lambda pane: pane.name)
def test_most_important_columns_fit_eighty_cells(pane: Pane) -> None:
    kept = [column.width for column in pane.columns if column.priority == 0]

    assert sum(kept) + 2 * len(kept) <= 78
    assert any(column.grow for column in pane.columns)


@pytest.mark.parametrize("pane", PANES, ids=lambda pane: pane.name)
def test_every_field_sorts(pane: Pane) -> None:
    now = make_sample(
        [
            tcp("LISTEN", "0.0.0.0:80", pids=[1], recv_q=0, send_q=5),
            tcp("ESTABLISHED", "10.0.0.1:40000", "10.0.0.2:80", pids=[2], rtt=40, last_data_sent=3),
            udp("[::]:53", v6only=0),
        ],
        [process(1, "b"), process(2, "a")],
        at=2,
    )
    window = make_window(now, make_sample())
    rows = pane.rows(window)

    for field in pane.fields:
        order = order_rows(rows, field, descending=False).tolist()
        values = [rows_of(pane, window)[i][field] for i in order]
        known = [value for value in values if value is not None]
        assert values[: len(known)] == known, f"{field}: unknown is not last"
        if known and all(isinstance(value, (int, float)) for value in known):
            assert known == sorted(known), field


@pytest.mark.parametrize("pane", PANES, ids=lambda pane: pane.name)
def test_rows_are_found_by_their_key(pane: Pane) -> None:
    now = make_sample([tcp("LISTEN", "0.0.0.0:80", pids=[1])], [process(1)])
    rows = build_report(make_window(now), [PaneRequest.default(pane)]).tables[pane.name].rows

    assert [rows.find(rows.row(i).key) for i in range(len(rows))] == list(range(len(rows)))
    assert rows.find("no such key") is None
