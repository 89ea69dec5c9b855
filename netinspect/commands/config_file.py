"""The configuration file: where it is, how it and the arguments say how to judge, its filters."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from netinspect.errors import NetinspectError, UsageError

if TYPE_CHECKING:
    from netinspect.diagnosis import Judgement

_VARIABLE = "NETINSPECT_CONFIG"
_SYSTEM = "/etc/netinspect/config.toml"


def add_judgement_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare how to judge: --set, --silence."""
    parser.add_argument(
        "--set",
        metavar="CODE.THRESHOLD=VALUE",
        action="append",
        default=[],
        help="judge by another threshold; `netinspect explain CODE` lists them",
    )
    parser.add_argument(
        "--silence",
        metavar="CODE[:SUBJECT]",
        action="append",
        default=[],
        help="do not tell these findings; * and ? match, e.g. 'config-*' or '*:sshd*'",
    )


def says_how_to_judge(arguments: argparse.Namespace) -> bool:
    """Tell whether there is anything to read: a configuration file, or arguments."""
    return bool(arguments.set or arguments.silence) or any(map(os.path.isfile, _places()))


def read_judgement(arguments: argparse.Namespace, patience: int | None = None) -> Judgement:
    """Read the configuration file, if there is one, and the arguments over it.

    Raises UsageError on a file or an argument that makes no sense.
    """
    from netinspect.commands.sampling import warn
    from netinspect.config import Config, amend_judgement, parse_config
    from netinspect.query.saved import find_mistakes, save_filters

    config = Config()
    found = _read_first()
    if found is not None:
        path, document = found
        with _naming(path):
            config = parse_config(document)
        save_filters(config.filters)
        for warning in (*config.warnings, *find_mistakes()):
            warn(f"{path}: {warning}")
    judgement = amend_judgement(config.judgement, arguments.set, arguments.silence)
    return replace(judgement, patience=patience)


def use_saved_filters() -> None:
    """Make the filters of the configuration file known; raises UsageError on what is none."""
    from netinspect.query.saved import read_section, save_filters

    found = _read_first()
    if found is not None:
        with _naming(found[0]):
            save_filters(read_section(found[1]))


def _read_first() -> tuple[str, dict[str, Any]] | None:
    """Return the file that counts and what it says; None where there is none."""
    path = next(filter(os.path.isfile, _places()), None)
    if path is None:
        return None
    with _naming(path):
        return path, _read(path)


@contextmanager
def _naming(path: str) -> Iterator[None]:
    """Name the file in whatever is wrong with it."""
    try:
        yield
    except UsageError as error:
        raise UsageError(f"{path}: {error.message}", error.hint) from None


def _places() -> Iterator[str]:
    """Yield where the file may be; the first that exists counts. Raises UsageError."""
    named = os.environ.get(_VARIABLE)
    if named:
        if not os.path.isfile(named):
            raise UsageError(f"{named}: no such file", f"{_VARIABLE} names it")
        yield named
    home = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
    yield os.path.join(home, "netinspect", "config.toml")
    yield _SYSTEM


def _read(path: str) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib  # novermin
    else:
        import tomli as tomllib
    try:
        with open(path, "rb") as file:
            return tomllib.load(file)
    except OSError as error:
        raise NetinspectError(f"cannot read {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"not TOML: {error}") from None
    except RecursionError:
        raise UsageError("not TOML: nested too deeply") from None
