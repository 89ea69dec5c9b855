"""`netinspect explain`: a code, an error text, a stack trace or a log → causes, with evidence."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from netinspect.commands.arguments import (
    add_sampling_arguments,
    add_source_arguments,
    parse_pid,
    parse_port,
)
from netinspect.commands.config_file import add_judgement_arguments, read_judgement
from netinspect.errors import Exit, NetinspectError, UsageError

if TYPE_CHECKING:
    from netinspect.candidates import Scope
    from netinspect.commands.incident import Incident
    from netinspect.errortexts.recognise import Sighting
    from netinspect.errortexts.summary import LogSummary
    from netinspect.model import Window

_ON_DEMAND = ("port-in-use",)
_INCIDENT_LINES = 400
_INCIDENT_ERRORS = 12


class ExplainCommand:
    """Tells what an anomaly or an error means, and what of it this host shows now."""

    name = "explain"
    help = "what an anomaly or an error text means, with this host's evidence for and against"

    def configure(self, parser: argparse.ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument(
            "text",
            metavar="CODE | TEXT | -",
            nargs="*",
            help="an anomaly's code, or any error text; - or nothing: read a stack trace or a log "
            "from standard input",
        )
        parser.add_argument("--list", action="store_true", help="list the codes and exit")
        parser.add_argument(
            "--pid", metavar="N", type=parse_pid, help="it happened to this process"
        )
        parser.add_argument("--port", metavar="N", type=parse_port, help="on this port, either end")
        parser.add_argument("--to", metavar="HOST:PORT", help="towards this end")
        parser.add_argument(
            "--format", choices=("text", "json"), default="text", help="default: %(default)s"
        )
        add_source_arguments(parser)
        add_sampling_arguments(parser, samples=3, interval=1.0)
        add_judgement_arguments(parser)

    def run(self, arguments: argparse.Namespace) -> int:
        """Print what is known."""
        from netinspect.commands.incident import code_lines, incident_lines, incident_object
        from netinspect.commands.output import stdout_paper, write_stdout

        if arguments.list:
            return _print(_code_list())
        code = _code(arguments.text)
        if code is not None:
            window = _look(arguments)
            return _print(code_lines(code, window, _scope(arguments), stdout_paper()))
        summary, sightings = _read(arguments.text)
        if not summary.errors:
            raise NetinspectError(
                "no error of a connection was recognised", "`netinspect explain --list` has codes"
            )
        incident = _investigate(summary, sightings, arguments)
        if arguments.format == "json":
            from netinspect.exporters.json_values import to_json

            write_stdout([(to_json(incident_object(incident)) + "\n").encode()])
            return Exit.OK
        return _print(incident_lines(incident, stdout_paper()))


def _print(lines: Iterator[str]) -> int:
    from netinspect.commands.output import stdout_paper, write_stdout
    from netinspect.exporters.text_table import encode_line

    paper = stdout_paper()
    write_stdout(encode_line(line, paper) for line in lines)
    return Exit.OK


def _code_list() -> Iterator[str]:
    from netinspect.explanations import load_template
    from netinspect.rules import RULES

    titles = {rule.code: rule.title for rule in RULES}
    titles |= {code: load_template(code)[0] for code in _ON_DEMAND}
    for code in sorted(titles):
        yield f"{code:<28}{titles[code]}"


def _code(words: list[str]) -> str | None:
    """Return the code that is asked for; raises UsageError on a mistyped one."""
    if len(words) != 1 or " " in words[0] or words[0] == "-":
        return None
    from netinspect.commands.names import suggest
    from netinspect.errortexts.recognise import recognise_line
    from netinspect.rules import RULES

    codes = [*(rule.code for rule in RULES), *_ON_DEMAND]
    word = words[0].lower()
    if word in codes:
        return word
    if recognise_line(words[0]) is None:
        raise UsageError(
            f"`{words[0]}` is neither a code nor a known error", suggest(word, codes, "codes")
        )
    return None


def _read(words: list[str]) -> tuple[LogSummary, list[Sighting]]:
    """Read the text; the Sightings of a single error with its stack trace, or none for a log."""
    from netinspect.errortexts.recognise import recognise_text
    from netinspect.errortexts.summary import LogSummary

    summary, kept = LogSummary(), []
    for line in _lines(words):
        summary.add(line)
        if summary.lines <= _INCIDENT_LINES:
            kept.append(line.rstrip("\n"))
    single = summary.lines <= _INCIDENT_LINES and summary.errors <= _INCIDENT_ERRORS
    return summary, recognise_text("\n".join(kept)) if single else []


def _lines(words: list[str]) -> Iterator[str]:
    if words and words != ["-"]:
        yield from " ".join(words).splitlines()
        return
    if sys.stdin is None or (not words and sys.stdin.isatty()):
        raise UsageError(
            "nothing to explain", "name a code, or paste the error: netinspect explain -"
        )
    from netinspect.commands.progress import read_lines

    yield from read_lines(sys.stdin.buffer)


def _scope(arguments: argparse.Namespace, sighting: Sighting | None = None) -> Scope:
    """Say where it happened: what the user says counts more than what the text says."""
    from netinspect.candidates import Scope

    address, port = _parse_end(arguments.to) if arguments.to else (None, None)
    if sighting is None:
        return Scope(arguments.pid, arguments.port or port, address)
    return Scope(
        arguments.pid or sighting.pid,
        arguments.port or port or sighting.port,
        address or sighting.address,
    )


def _parse_end(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise UsageError(f"`{text}` is no HOST:PORT", "e.g. --to 10.2.0.9:5432 or --to [::1]:80")
    return host.strip("[]"), int(port)


def _look(arguments: argparse.Namespace) -> Window:
    from netinspect.commands.sampling import looking, take_diagnosed

    prepare = partial(read_judgement, arguments, patience=arguments.samples)
    with looking(arguments, prepare) as (source, judgement):
        from netinspect.query import Query

        return take_diagnosed(source, Query(), arguments.samples, judgement)


def _investigate(
    summary: LogSummary, sightings: list[Sighting], arguments: argparse.Namespace
) -> Incident:
    from netinspect.candidates import rank_candidates
    from netinspect.commands.incident import Cause, Incident
    from netinspect.measures.facts import Facts

    chosen = sightings[:1] or [group.first for group in summary.ranked[:3]]
    window = _look(arguments)
    facts = Facts(window)
    causes = []
    for sighting in chosen:
        scope = _scope(arguments, sighting)
        ranking = rank_candidates(sighting.error, scope, facts, window.findings)
        causes.append(Cause(sighting, scope, ranking))
    return Incident(None if sightings else summary, tuple(causes), window)


COMMAND = ExplainCommand()
