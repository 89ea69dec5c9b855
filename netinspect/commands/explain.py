"""`netinspect explain`: a code, an error text, a stack trace or a log → causes, with evidence."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
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
    from netinspect.errortexts.summary import LogSummary
    from netinspect.model import Sample

_ON_DEMAND = ("port-in-use",)
_EXAMPLES = """\
examples:
  netinspect explain accept-queue-full
  netinspect explain port-in-use --port 8080
  netinspect explain "java.net.SocketTimeoutException: Connect timed out" --to 10.2.0.9:5432
  journalctl -u app --since -1h | netinspect explain -

exit codes:
  0 explained   1 nothing recognised, or failed   2 wrong usage
"""


class ExplainCommand:
    """Tells what an anomaly or an error means, and what of it this host shows now."""

    name = "explain"
    help = "what an anomaly or an error text means, with this host's evidence for and against"
    epilog = _EXAMPLES

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
        if arguments.list:
            _print(_code_list())
            return Exit.OK
        code = _find_code(arguments.text)
        if code is not None:
            return _explain_code(code, arguments)
        return _explain_text(arguments)


def _explain_code(code: str, arguments: argparse.Namespace) -> int:
    from netinspect.commands.code_text import answer_code, code_lines
    from netinspect.commands.explanation_json import answer_object
    from netinspect.commands.incident import build_scope, look
    from netinspect.commands.output import stdout_paper
    from netinspect.measures.facts import Facts

    judgement = read_judgement(arguments, patience=arguments.samples)
    facts = Facts(look(arguments, judgement, arguments.samples))
    answer = answer_code(code, build_scope(arguments, facts), facts)
    if arguments.format == "json":
        _print_json(answer_object(answer))
    else:
        _print(_when(arguments, answer.window.now), code_lines(answer, stdout_paper()))
    return Exit.OK


def _explain_text(arguments: argparse.Namespace) -> int:
    from netinspect.commands.explanation_json import incident_object
    from netinspect.commands.incident import investigate
    from netinspect.commands.incident_text import incident_lines
    from netinspect.commands.output import stdout_paper

    judgement = read_judgement(arguments)
    summary, lines = _read(_lines(arguments.text))
    if not summary.errors:
        if not lines:
            raise NetinspectError("nothing to explain: the text is empty")
        what = f"{lines:,} lines" if lines > 1 else "this text"
        raise NetinspectError(
            f"no error of a connection was recognised in {what}",
            "netinspect explain --list has the codes that can be explained",
        )
    incident = investigate(summary, lines, arguments, judgement)
    if arguments.format == "json":
        _print_json(incident_object(incident))
    else:
        _print(_when(arguments, incident.window.now), incident_lines(incident, stdout_paper()))
    return Exit.OK


def _when(arguments: argparse.Namespace, sample: Sample) -> Iterator[str]:
    """Say what "this host" and "now" are where a file is looked into."""
    if arguments.file is not None:
        from netinspect.humanize import moment_text

        yield f"This host is {sample.host.name}, and now is {moment_text(sample.taken_at)}"
        yield ""


def _print(*parts: Iterator[str]) -> None:
    from netinspect.commands.output import stdout_paper, write_stdout
    from netinspect.exporters.text_table import encode_line

    paper = stdout_paper()
    write_stdout(encode_line(line, paper) for lines in parts for line in lines)


def _print_json(document: object) -> None:
    from netinspect.commands.output import write_stdout
    from netinspect.exporters.json_values import to_json

    write_stdout([(to_json(document) + "\n").encode()])


def _titles() -> dict[str, str]:
    from netinspect.explanations import load_template
    from netinspect.rules import RULES

    titles = {rule.code: rule.title for rule in RULES}
    return titles | {code: load_template(code)[0] for code in _ON_DEMAND}


def _code_list() -> Iterator[str]:
    titles = _titles()
    for code in sorted(titles):
        yield f"{code:<28}{titles[code]}"


def _find_code(words: list[str]) -> str | None:
    """Return the code that is asked for, None for a text; raises UsageError on a mistyped code."""
    if len(words) != 1 or not words[0].strip() or words[0] == "-":
        return None
    from difflib import get_close_matches

    from netinspect.errortexts.recognise import recognise_line

    codes = list(_titles())
    word = words[0].strip().lower()
    if word in codes:
        return word
    near = get_close_matches(word, codes, n=1, cutoff=0.6)
    if near and " " not in word and recognise_line(words[0]) is None:
        raise UsageError(f"no code `{word}`", f"did you mean `{near[0]}`?")
    return None


def _read(lines: Iterator[str]) -> tuple[LogSummary, int]:
    """Read a text to its end; returns what it holds and how many lines it has."""
    from netinspect.errortexts.events import EventReader
    from netinspect.errortexts.summary import LogSummary

    summary, reader = LogSummary(), EventReader()
    for told in reader.read(lines):
        summary.add(told)
    return summary, reader.lines


def _lines(words: list[str]) -> Iterator[str]:
    if words and words != ["-"]:
        yield from (f"{line}\n" for line in " ".join(words).split("\n"))
        return
    if sys.stdin is None or (not words and sys.stdin.isatty()):
        raise UsageError(
            "nothing to explain", "name a code, or paste the error: netinspect explain -"
        )
    from netinspect.commands.progress import read_lines

    yield from read_lines(sys.stdin.buffer)


COMMAND = ExplainCommand()
