"""The Markdown file of a code and a finding's numbers → its Explanation.

A file is documentation that can be read as it is. One line is one sentence; where a value that a
line names in braces is not known, the line is left out. `{?name}` at the start of a line keeps it
only where that value is known and not zero, `{!name}` only where it is known and zero.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from importlib import resources
from typing import NamedTuple

from netinspect.cells.evidence import evidence_text
from netinspect.finding import (
    Block,
    BlockKind,
    Evidence,
    Explanation,
    Finding,
    Section,
    Unit,
    Values,
)
from netinspect.humanize import endpoint_text
from netinspect.measures.runtimes import RUNTIMES, runtime_family

HEADINGS = (
    *("What is seen", "Why it happens", "What users see", "How to confirm", "What to do"),
    *("What not to do", "When it is harmless", "What would disprove it", "Sources"),
)
"""The sections of every explanation, in this order."""

PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
CONDITION = re.compile(r"^(- )?\{([?!])([a-z_]+)\}\s*")
"""What a line names to be filled in, and what it may begin with."""


class Part(NamedTuple):
    """Lines under one heading; runtime: whom they are for, None = everybody."""

    heading: str
    runtime: str | None
    lines: tuple[str, ...]


@cache
def load_template(code: str) -> tuple[str, tuple[Part, ...]]:
    """Return title and parts of a code's file; raises FileNotFoundError where there is none."""
    return parse_template(read_template("netinspect.rules", code.replace("-", "_")))


def read_template(package: str, name: str) -> str:
    """Read a Markdown file of a package; raises FileNotFoundError where there is none."""
    return resources.files(package).joinpath(f"{name}.md").read_text("utf-8")


def parse_template(text: str) -> tuple[str, tuple[Part, ...]]:
    """Split a file at its headings: `# title`, `## section`, `### runtime`."""
    title, heading, runtime = "", "", None
    lines: dict[tuple[str, str | None], list[str]] = {}
    for line in text.splitlines():
        if line.startswith("# "):
            title = line[2:].strip()
        elif line.startswith("## "):
            heading, runtime = line[3:].strip(), None
        elif line.startswith("### "):
            runtime = line[4:].strip()
        elif line.strip():
            lines.setdefault((heading, runtime), []).append(line.rstrip())
    return title, tuple(Part(*place, tuple(found)) for place, found in lines.items())


def explain_finding(finding: Finding) -> Explanation:
    """Fill in a finding's numbers; the part for the owner's runtime comes first."""
    title, parts = load_template(finding.code)
    sections = fill_parts(parts, finding.runtime, finding_values(finding))
    return Explanation(finding.code, title, finding.subject.text, finding.seen_at, sections)


def explain_code(code: str) -> Explanation:
    """Explain a code in general: without numbers, with the parts for every runtime."""
    title, parts = load_template(code)
    return Explanation(code, title, "", None, fill_parts(parts, None, {}, every_runtime=True))


def finding_values(finding: Finding) -> Values:
    """Return what an explanation can name: subject, evidence, and what the history tells.

    Evidence is there under its name and its limit under `NAME_limit`.
    """
    subject = finding.subject
    values: dict[str, object] = {
        "subject": subject.text,
        "process": subject.name,
        "pid": None if subject.pid is None else str(subject.pid),
        "unit": subject.unit,
        "container": subject.container,
        "local_addr": subject.local_addr,
        "local_port": _id(subject.local_port),
        "remote_addr": subject.remote_addr,
        "remote_port": _id(subject.remote_port),
        "runtime": finding.runtime,
    }
    if subject.local_addr and subject.local_port:
        values["local"] = endpoint_text(subject.local_addr, subject.local_port)
    if subject.remote_addr and subject.remote_port:
        values["remote"] = endpoint_text(subject.remote_addr, subject.remote_port)
    for evidence in finding.evidence:
        values[evidence.name] = evidence
        if evidence.limit is not None:
            values[f"{evidence.name}_limit"] = replace(evidence, value=evidence.limit, limit=None)
    if finding.time_to_limit is not None:
        values["time_to_limit"] = Evidence("time_to_limit", finding.time_to_limit, Unit.SECONDS)
    return values


def _id(number: int | None) -> str | None:
    return None if number is None else str(number)


def fill_parts(
    parts: Sequence[Part], runtime: str | None, values: Values, *, every_runtime: bool = False
) -> tuple[Section, ...]:
    """Fill values into the parts meant for everybody and for a runtime, section by section."""
    wanted: tuple[str | None, ...] = (*(runtime_family(runtime) if runtime else ()), None)
    if every_runtime:
        wanted = (None, *RUNTIMES)
    sections = []
    for heading in HEADINGS:
        blocks: list[Block] = []
        for name in wanted:
            for part in parts:
                if (part.heading, part.runtime) == (heading, name):
                    label = f"{name}: " if name else ""
                    blocks += _blocks(part.lines, values, label)
        if blocks:
            sections.append(Section(heading, tuple(blocks)))
    return tuple(sections)


def _blocks(lines: Sequence[str], values: Values, label: str) -> Iterator[Block]:
    in_code = False
    for line in lines:
        if line.startswith("```"):
            in_code = not in_code
        elif (text := fill_line(line, values, shell=in_code)) is not None:
            kind, text = _kind(text, in_code)
            yield Block(kind, text if in_code else label + text)


def _kind(text: str, in_code: bool) -> tuple[BlockKind, str]:
    if in_code:
        return BlockKind.COMMAND, text
    if text.startswith("- "):
        return BlockKind.ITEM, text[2:]
    return BlockKind.TEXT, text


def fill_line(line: str, values: Values, *, shell: bool = False) -> str | None:
    """Put values into a line; None where one of them is not known or its condition fails.

    shell: numbers ungrouped, names quoted.
    """
    condition = CONDITION.match(line)
    if condition:
        bullet, sign, name = condition.groups()
        value = _raw(values.get(name))
        if value is None or bool(value) != (sign == "?"):
            return None
        line = (bullet or "") + line[condition.end() :]
    names = PLACEHOLDER.findall(line)
    if any(_raw(values.get(name)) is None for name in names):
        return None
    write = _shell_text if shell else _text
    return PLACEHOLDER.sub(lambda match: write(values[match[1]]), line)


def _raw(value: object) -> object:
    return value.value if isinstance(value, Evidence) else value


def _text(value: object) -> str:
    if not isinstance(value, Evidence):
        return str(value)
    return evidence_text(value)


def _shell_text(value: object) -> str:
    return shlex.quote(str(_raw(value)))
