"""`--redact` and `--redact-key`: the secret under which names and addresses are replaced."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from netinspect.errors import NetinspectError

if TYPE_CHECKING:
    from netinspect.redaction import Redactor

_LEAST_BYTES = 16
_MOST_BYTES = 1 << 20
_KEY_HINT = "make one: head -c 32 /dev/urandom > FILE"


def add_redaction_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare --redact and --redact-key."""
    parser.add_argument(
        "--redact",
        action="store_true",
        help="replace addresses, users, command lines and names; the same input by the same"
        " pseudonym, numbers stay",
    )
    parser.add_argument(
        "--redact-key",
        metavar="FILE",
        help=f"the same, with the same pseudonyms in all files made with this key ({_LEAST_BYTES}"
        " bytes or more, to be kept secret); without it, they hold for one file",
    )


def open_redactor(arguments: argparse.Namespace) -> Redactor | None:
    """Make the redactor that was asked for; raises NetinspectError where its key cannot be had."""
    if arguments.redact_key is not None:
        return _redactor_of(_read_key(arguments.redact_key))
    return new_redactor() if arguments.redact else None


def new_redactor() -> Redactor:
    """Make a redactor whose pseudonyms nobody can make again."""
    import secrets

    return _redactor_of(secrets.token_bytes(32))


def _redactor_of(secret: bytes) -> Redactor:
    from netinspect.redaction import Redactor

    return Redactor(secret)


def _read_key(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            secret = file.read(_MOST_BYTES)
    except OSError as error:
        raise NetinspectError(f"cannot read the key {path}: {error.strerror}", _KEY_HINT) from error
    if len(secret) < _LEAST_BYTES:
        message = f"the key {path} has {len(secret)} bytes, it needs {_LEAST_BYTES} or more"
        raise NetinspectError(message, _KEY_HINT)
    return secret
