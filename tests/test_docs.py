"""What the documents say exists: commands, options, filter terms, keys, files."""

from __future__ import annotations

import argparse
import re
import shlex
import sys
from collections.abc import Iterator
from contextlib import suppress
from enum import IntEnum
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from textual.binding import Binding

import netinspect.tui
from netinspect.commands import COMMANDS, load_command
from netinspect.commands.check import Verdict
from netinspect.config import amend_judgement, parse_config
from netinspect.diagnosis import Judgement, diagnose
from netinspect.errors import Exit, FilterError
from netinspect.explanations import HEADINGS, fill_parts, parse_template
from netinspect.exporters import CHECK_EXPORTERS, REPORT_EXPORTERS, TABLE_EXPORTERS
from netinspect.fields import FILTER_TERMS
from netinspect.finding import Evidence
from netinspect.measures.runtimes import RUNTIMES
from netinspect.panes import PANES
from netinspect.parts import Exporter
from netinspect.query import parse_query
from netinspect.rules import RULES
from tests.commands.cli import run
from tests.exporters.reports import report_of, web_server, written
from tests.panes.rows import rows_of
from tests.samples import make_sample, make_window, process, tcp, udp

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parent.parent
SYSTEM_CONFIG = "/etc/netinspect/config.toml"
DOCUMENTS = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")
CODE = re.compile(r"`([^`\n]+)`")
FENCE = re.compile(r"^```[a-z]*\n(.*?)^```$", re.DOTALL | re.MULTILINE)
EXAMPLE_FILE = re.compile(r"^`([\w/]+\.py)`:\n\n```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
TREE_PATH = re.compile(r"`((?:netinspect|tests)/[a-z_/.]+)`(?!:\n)")
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
EXAMPLE = re.compile(r"(?:^|&& )(?:\S*/)?netinspect(?![\w/.-])([^|>&]*)")
PLACEHOLDER = re.compile(r"\[|\b[A-Z]")


def text_of(document: str) -> str:
    return (ROOT / document).read_text()


def section(document: str, title: str) -> str:
    """Return what stands under a heading, up to the next one."""
    return text_of(document).partition(f"## {title}\n")[2].partition("\n## ")[0]


def table_rows(text: str) -> Iterator[list[list[str]]]:
    """Yield for each row of Markdown tables the code spans of each cell; heads have none."""
    for line in text.splitlines():
        cells = [CODE.findall(cell) for cell in line.strip("|").split("|")]
        if line.startswith("|") and any(cells):
            yield cells


def commands(document: str) -> Iterator[tuple[str, ...]]:
    """Yield the words behind `netinspect` of each example; placeholders are no example."""
    text = text_of(document)
    lines = [line for block in FENCE.findall(text) for line in block.splitlines()]
    for line in [*lines, *CODE.findall(FENCE.sub("", text))]:
        for words in EXAMPLE.findall(line):
            if not PLACEHOLDER.search(words):
                yield tuple(shlex.split(words, comments=True))


@cache
def help_of(command: str) -> str:
    parser = argparse.ArgumentParser()
    load_command(command).configure(parser)
    return parser.format_help()


def bound_keys() -> set[str]:
    """Name every key that does something, as the screen names it."""
    keys: set[str] = set()
    for path in Path(netinspect.tui.__file__).parent.glob("*.py"):
        for member in vars(import_module(f"netinspect.tui.{path.stem}")).values():
            for binding in getattr(member, "BINDINGS", ()):
                if isinstance(binding, Binding) and binding.id:  # the others are Textual's
                    keys.update(
                        [binding.key_display] if binding.key_display else binding.key.split(",")
                    )
    return keys


EXAMPLES = sorted({words for document in DOCUMENTS for words in commands(document)})


def test_examples_are_found() -> None:
    assert ("ports", "--sort", "-queue_used") in EXAMPLES
    assert len(EXAMPLES) >= 10


@pytest.mark.parametrize("words", EXAMPLES, ids=" ".join)
def test_examples_run(words: tuple[str, ...], tmp_path: Path) -> None:
    soon = ("--for", "1s") if words[:1] == ("record",) else ()  # in place of what it says

    done = run(*words, *soon, cwd=tmp_path)

    fine = (0, 1, 2) if words[:1] == ("check",) else (0,)  # whatever is wrong with this host
    assert done.returncode in fine or "no process has pid 812" in done.stderr, done.stderr


@pytest.mark.parametrize("document", DOCUMENTS)
def test_named_options_exist(document: str) -> None:
    known = " ".join(map(help_of, COMMANDS))
    inline = CODE.findall(FENCE.sub("", text_of(document)))

    named = {option for code in inline for option in re.findall(r"(?<!\S)--[a-z-]+", code)}

    # --help and --version belong to the command line as a whole.
    missing = {o for o in named if not re.search(rf"{o}\b", known)} - {"--help", "--version"}
    assert missing == set()


def test_pane_table_agrees_with_the_panes() -> None:
    rows = section("README.md", "Which question, which pane")

    said = {key[0]: command[0] for *_, key, command in table_rows(rows.replace("\\|", ""))}

    assert said.items() >= {(p.key, f"netinspect {p.name}") for p in PANES if p.name in COMMANDS}


def test_format_table_agrees_with_the_commands() -> None:
    rows = list(table_rows(section("README.md", "Formats and exit codes")))[1:]

    for names, formats in rows:
        for name in names:
            assert f"--format {{{','.join(formats)}}}" in help_of(name)


@pytest.mark.parametrize(
    ("command", "exporters"),
    [("ports", TABLE_EXPORTERS), ("snapshot", REPORT_EXPORTERS), ("check", CHECK_EXPORTERS)],
)
def test_format_table_has_every_exporter(command: str, exporters: tuple[Exporter, ...]) -> None:
    rows = table_rows(section("README.md", "Formats and exit codes"))

    (formats,) = (formats for names, formats in rows if command in names)

    assert sorted(formats) == sorted(exporter.name for exporter in exporters)


@pytest.mark.parametrize(
    ("title", "codes"),
    [("Formats and exit codes", Exit), ("Check, for scripts and monitoring", Verdict)],
)
def test_exit_codes_are_those_of_the_program(title: str, codes: type[IntEnum]) -> None:
    text = section("README.md", title)

    assert set(map(int, re.findall(r"^\| (\d+) \|", text, re.MULTILINE))) == set(codes)


def test_every_anomaly_is_in_the_table_once() -> None:
    text = section("README.md", "What it recognises")
    listed = [code for cells in table_rows(text) for cell in cells for code in cell]

    assert sorted(listed) == sorted(rule.code for rule in RULES)
    assert text.strip().startswith(f"{len(RULES)} anomalies")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_codes_to_explain_and_to_judge_by_exist(document: str) -> None:
    text = text_of(document)
    codes = {*re.findall(r"read on: netinspect explain ([a-z0-9-]+)", text)}
    codes |= set(re.findall(r"\d\. ([a-z0-9]+(?:-[a-z0-9]+)+): ", text))

    assert codes <= {rule.code for rule in RULES}
    assert codes or document != "README.md"


def test_configuration_is_understood() -> None:
    (shown,) = re.findall(r"^```toml\n(.*?)^```$", text_of("README.md"), re.DOTALL | re.MULTILINE)

    config = parse_config(tomllib.loads(shown))

    assert config.warnings == ()
    assert config.judgement.thresholds
    assert len(config.judgement.silences) == 2


def test_thresholds_set_on_the_command_line_exist() -> None:
    assignments = re.findall(r"`--set (\S+)`", text_of("README.md"))

    assert assignments
    amend_judgement(Judgement(), assignments, ())


def test_files_of_the_configuration_are_named() -> None:
    text = text_of("README.md")

    for place in ("$NETINSPECT_CONFIG", "$XDG_CONFIG_HOME/netinspect/config.toml", SYSTEM_CONFIG):
        assert f"`{place}`" in text


def test_filter_terms_exist() -> None:
    terms = [term for cells in table_rows(section("README.md", "Filters")) for term in cells[0]]

    assert "pid" in terms
    assert set(terms) <= set(FILTER_TERMS)


def test_values_of_the_filter_table_are_read() -> None:
    for terms, examples in table_rows(section("README.md", "Filters")):
        for shown in examples:
            own = re.split(r"\W", shown)[0] in FILTER_TERMS
            texts = [shown] if own else [f"{term} {shown}" for term in terms]
            assert any(map(is_filter, texts)), shown


def is_filter(text: str) -> bool:
    with suppress(FilterError):
        return parse_query(text) is not None
    return False


def test_keys_are_bound() -> None:
    keys = [key for cells in table_rows(section("README.md", "Keys")) for key in cells[0]]

    assert "enter" in keys
    assert set(keys) - bound_keys() == set()


def test_bound_keys_are_documented() -> None:
    keys = {key for cells in table_rows(section("README.md", "Keys")) for key in cells[0]}

    # Digits stand as a range; pages spell esc and ? as Textual does; ctrl+q is a habit of others.
    assert bound_keys() - keys - {*"123456789", "escape", "question_mark", "ctrl+q"} == set()


def test_every_picture_is_shown() -> None:
    pictures = {path.name for path in (ROOT / "screenshots").glob("*.svg")}

    assert pictures == set(re.findall(r"screenshots/([\w-]+\.svg)", text_of("README.md")))


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_somewhere(document: str) -> None:
    for target in LINK.findall(text_of(document)):
        path, _, anchor = target.partition("#")
        if "://" in path:
            continue
        assert (ROOT / path).exists(), target
        if anchor:
            headings = HEADING.findall(text_of(path or document))
            assert anchor in {re.sub(r"[^\w -]", "", h.lower()).replace(" ", "-") for h in headings}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_paths_exist(document: str) -> None:
    for path in TREE_PATH.findall(text_of(document)):
        assert (ROOT / path).exists(), path


def example(path: str) -> dict[str, Any]:
    """Run the file that CONTRIBUTING shows under this name and return what it defines."""
    (code,) = (
        code for name, code in EXAMPLE_FILE.findall(text_of("CONTRIBUTING.md")) if name == path
    )
    names: dict[str, Any] = {"__name__": path}
    exec(compile(code, path, "exec"), names)
    return names


def test_example_of_a_pane_works() -> None:
    pane = example("netinspect/panes/states.py")["PANE"]
    now = make_sample([tcp("LISTEN", "0.0.0.0:80"), udp("0.0.0.0:53")])

    assert rows_of(pane, make_window(now)) == [{"state": "LISTEN", "sockets": 1}]


def test_example_of_a_rule_works() -> None:
    rule = example("netinspect/rules/low_fd_limit.py")["RULE"]
    sockets = [tcp("LISTEN", f"0.0.0.0:{80 + i}", pids=[i]) for i in (1, 2, 3)]
    limits = {1: 127, 2: 128, 3: None}
    now = make_sample(sockets, [process(pid, fd_soft=soft) for pid, soft in limits.items()])

    (finding,) = diagnose(make_window(now), rules=[rule]).findings

    assert (finding.subject.pid, finding.summary) == (1, "may open 127 descriptors")


def test_example_of_an_explanation_works() -> None:
    (text,) = re.findall(r"^````markdown\n(.*?)^````$", text_of("CONTRIBUTING.md"), re.S | re.M)
    title, parts = parse_template(text)
    known = {"process": "orders", "pid": "7", "limit": Evidence("limit", 64)}

    assert title
    assert list(dict.fromkeys(part.heading for part in parts)) == list(HEADINGS)
    assert {part.runtime for part in parts} <= {None, *RUNTIMES}
    filled = fill_parts(parts, None, known)[0].blocks[0].text
    assert filled == "orders listens and may open 64 descriptors only."
    assert "{" not in str(fill_parts(parts, None, {}, every_runtime=True))


@pytest.mark.root
def test_example_of_a_lab_works() -> None:
    (name,) = (
        name for name, _ in EXAMPLE_FILE.findall(text_of("CONTRIBUTING.md")) if "lab" in name
    )

    example(name)["test_server_that_does_not_accept_is_told_until_it_does"]()


def test_example_of_a_format_works() -> None:
    exporter = example("netinspect/exporters/markdown_table.py")["EXPORTER"]

    lines = written(exporter, report_of(web_server(), "ports")).splitlines()

    assert lines[0].startswith("| PORT |")
    assert len({line.count(" | ") for line in lines}) == 1


def test_example_of_a_command_works(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    command = example("netinspect/commands/limits.py")["COMMAND"]
    parser = argparse.ArgumentParser()
    command.configure(parser)

    assert command.run(parser.parse_args([])) == Exit.OK

    assert re.fullmatch(rb"[\d,]+ of [\d,]+ files open\n", capsysbinary.readouterr().out)
