"""Imports go one way, and each folder keeps away from what it must not know."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import netinspect

ROOT = Path(netinspect.__file__).parent
SYSTEM = {"os", "socket", "subprocess", "psutil"}
PURE = ("rules", "panes", "exporters", "measures", "cells", "changes", "query", "redaction")
PURE_FILES = (
    "model.py",
    "parts.py",
    "fields.py",
    "timing.py",
    "holders.py",
    "mixing.py",
    "report.py",
)


def imported(path: Path) -> Iterator[str]:
    """Yield the top-level modules a file imports anywhere; ours with their folder."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")


def files_below(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def test_contracts_of_the_linter_hold() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT.parent, check=False)

    assert done.returncode == 0, done.stdout


def test_only_the_screen_imports_textual() -> None:
    others = [path for path in ROOT.rglob("*.py") if "tui" not in path.relative_to(ROOT).parts]

    guilty = [path for path in others if any(m.startswith("textual") for m in imported(path))]

    assert guilty == []


@pytest.mark.parametrize("folder", PURE)
def test_pure_folders_know_no_system(folder: str) -> None:
    for path in files_below(folder):
        assert not SYSTEM & set(imported(path)), path


@pytest.mark.parametrize("name", PURE_FILES)
def test_pure_files_know_no_system(name: str) -> None:
    assert not SYSTEM & set(imported(ROOT / name))


def test_probe_imports_nothing_of_ours_and_nothing_installed() -> None:
    for path in files_below("probe"):
        for module in imported(path):
            own = module.startswith(".")
            assert own or module.partition(".")[0] in sys.stdlib_module_names, (path, module)


def test_only_sources_and_commands_import_the_probe() -> None:
    allowed = {"probe", "sources", "commands", "decode"}
    for path in ROOT.rglob("*.py"):
        if path.relative_to(ROOT).parts[0] not in allowed:
            assert not any(m.startswith("netinspect.probe") for m in imported(path)), path


def test_files_stay_small() -> None:
    long = {path.name: len(path.read_text().splitlines()) for path in ROOT.rglob("*.py")}
    long.pop("model.py")  # one record per fact

    assert {name: lines for name, lines in long.items() if lines > 300} == {}


def test_first_frame_waits_for_no_numbers() -> None:
    code = "import sys, netinspect.cells, netinspect.tui.app as _; print(*sys.modules)"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert not {"numpy", "psutil", "netinspect.model"} & set(done.stdout.split())
