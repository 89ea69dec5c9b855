"""Arguments → one command. Nothing heavy is imported before the command runs."""

from __future__ import annotations

import argparse
import errno
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn

from netinspect import __version__
from netinspect.commands import COMMANDS, DEFAULT, load_command
from netinspect.commands.names import find_command, suggest
from netinspect.commands.output import discard_stdout, write_stdout
from netinspect.errors import Exit, FilterError, NetinspectError, UsageError

if TYPE_CHECKING:
    from _typeshed import SupportsWrite

    from netinspect.parts import Command

_EXITS = """\
exit codes:
  0 done   1 failed   2 wrong usage   130 interrupted   141 the reader of the output went away
"""
_OUT_OF_DESCRIPTORS = {
    errno.EMFILE: ("too many open files: netinspect may open no more", "see `ulimit -n`"),
    errno.ENFILE: ("too many open files on this host", "see /proc/sys/fs/file-nr and file-max"),
}
_OTHER_HOST = ("--host", "--hostname", "--remote", "--ssh")
_EXAMPLES = """\
examples:
  netinspect                                  watch this host
  netinspect --pid 812                        watch one process
  netinspect ports --sort -queue_used         which accept queue is fullest
  netinspect sockets --port 5432 --format csv > db.csv
  netinspect snapshot -o before.json          keep this moment
  netinspect open before.json                 look into it, on any machine
  netinspect | less                           the report as text
"""


def main(words: Sequence[str] | None = None) -> int:
    """Run what the command line says and return the exit code."""
    try:
        return _run(list(sys.argv[1:] if words is None else words))
    except NetinspectError as error:
        _complain(error)
        return error.code
    except SystemExit as end:  # argparse after --help
        return int(end.code or 0)
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except BrokenPipeError:
        discard_stdout()
        return Exit.BROKEN_PIPE


def _run(words: list[str]) -> int:
    if words[:1] == ["--version"]:
        return _print_version()
    name = DEFAULT
    if words and words[0] in COMMANDS:
        name = words.pop(0)
    elif words:
        _check_first(words[0])
    command = load_command(name)
    parser = _build_parser(name, command)
    command.configure(parser)
    try:
        arguments = parser.parse_args(parser.options_first(_join_sort(words)))
    except UsageError as error:
        error.code = getattr(command, "usage_code", error.code)
        raise
    if getattr(arguments, "version", False):
        return _print_version()
    if name == DEFAULT:
        _check_filter(arguments.filter[:1])
    return _run_command(command, arguments)


def _run_command(command: Command, arguments: argparse.Namespace) -> int:
    """Run it; where its exit codes say what it found, one of them is for all that went wrong."""
    trouble: int | None = getattr(command, "usage_code", None)
    try:
        return command.run(arguments)
    except NetinspectError as error:
        error.code = error.code if trouble is None else trouble
        raise
    except BrokenPipeError:
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno in _OUT_OF_DESCRIPTORS:
            # Even an import needs a descriptor, so it may come from anywhere.
            told = _OUT_OF_DESCRIPTORS[error.errno]
            raise NetinspectError(*told, Exit.FAILED if trouble is None else trouble) from error
        if trouble is None:
            raise
        # The boundary: the 1 of a traceback would pass for something that was found.
        message = f"could not tell: {type(error).__name__}: {error}"
        raise NetinspectError(message, "this is a defect", trouble) from error


def _print_version() -> int:
    write_stdout([f"netinspect {__version__}\n".encode()])
    return Exit.OK


def _check_first(word: str) -> None:
    """Refuse a first word that is nearly a command; any other begins a filter."""
    near = find_command(word)
    if near is not None:
        hint = f"did you mean `{near}`? to look for the word itself: netinspect '\"{word}\"'"
        raise UsageError(f"no command `{word}`", hint)


def _check_filter(first: list[str]) -> None:
    """Refuse a command behind options, which is none there."""
    for word in first:
        if word in COMMANDS:
            hint = f"netinspect {word} OPTIONS; to look for the word itself: '\"{word}\"'"
            raise UsageError(f"the command `{word}` stands before all options", hint)


class _Parser(argparse.ArgumentParser):
    """Raises UsageError, with the option that was probably meant; fails when help cannot print."""

    def print_help(self, file: SupportsWrite[str] | None = None) -> None:
        write_stdout([self.format_help().encode()])

    def error(self, message: str) -> NoReturn:
        _, found, words = message.partition("unrecognized arguments: ")
        hint = self._near_option(words.split()[0]) if found else f"see {self.prog} --help"
        raise UsageError(message, hint)

    def options_first(self, words: Sequence[str]) -> list[str]:
        """Put options before all else: argparse takes one run of other words, and no second."""
        options: list[str] = []
        others: list[str] = []
        waits = False  # for the value of an option
        for i, word in enumerate(words):
            if word == "--":
                return [*options, "--", *others, *words[i + 1 :]]
            is_option = word.startswith("-") and word != "-"
            (options if is_option or waits else others).append(word)
            action = self._option_string_actions.get(word)
            waits = action is not None and action.nargs != 0
        return options + others

    def _near_option(self, word: str) -> str:
        if word.partition("=")[0] in _OTHER_HOST:
            return "only the host it runs on is read; elsewhere: ssh -t HOST netinspect"
        options = [option for option in self._option_string_actions if option.startswith("--")]
        return suggest(word, options, "options")


def _build_parser(name: str, command: Command) -> _Parser:
    default = name == DEFAULT
    epilog = getattr(command, "epilog", _EXITS)
    parser = _Parser(
        prog="netinspect" if default else f"netinspect {name}",
        description=f"{command.help[0].upper()}{command.help[1:]}.",
        epilog=_command_list() + "\n" + _EXITS + "\n" + _EXAMPLES if default else epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    if default:
        parser.add_argument("--version", action="store_true", help="show the version and exit")
    return parser


def _command_list() -> str:
    names = [name for name in COMMANDS if name != DEFAULT]
    lines = [f"  {name:<13}{load_command(name).help}" for name in names]
    return "\n".join(["commands (each has its own --help):", *lines, ""])


def _join_sort(words: list[str]) -> list[str]:
    """Let `--sort -field` through: argparse would take -field for an option."""
    joined: list[str] = []
    for word in words:
        if joined and joined[-1] == "--sort" and word.startswith("-"):
            joined[-1] = f"--sort={word}"
        else:
            joined.append(word)
    return joined


def _complain(error: NetinspectError) -> None:
    if sys.stderr is None:
        return
    from netinspect.humanize import safe_text  # a file may have any name

    print(f"netinspect: {safe_text(error.message)}", file=sys.stderr)
    if isinstance(error, FilterError):
        for line in error.picture:
            print(f"  {line}", file=sys.stderr)
    if error.hint:
        print(f"  {safe_text(error.hint)}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
