"""Filter text → tokens, in one pass."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from netinspect.errors import FilterError
from netinspect.query.syntax import Op

# A regex has no blanks, and nothing of a word behind it: /run/x is a path.
_TOKENS = re.compile(
    r"""\s*(?:
      (?P<open>\()
    | (?P<close>\))
    | (?P<comma>,)
    | (?P<op>!=|==|>=|<=|=|>|<)
    | (?P<sign>&&|&|\|\||\||!)
    | (?P<quoted>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    | /(?P<regex>(?:[^/\\\s]|\\.)+)/(?=[\s()&|!=<>"',]|\Z)
    | (?P<word>[^\s()&|!=<>"',]+))
    """,
    re.VERBOSE | re.DOTALL,
)
_SIGNS = {"&": "and", "&&": "and", "|": "or", "||": "or", "!": "not"}
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_OPERATORS = ("and", "or", "not")
OPS = {
    **{op.value: op for op in Op},
    **{"==": Op.EQ, "eq": Op.EQ, "ne": Op.NE, "neq": Op.NE, "gt": Op.GT, "lt": Op.LT},
    **{"ge": Op.GE, "geq": Op.GE, "le": Op.LE, "leq": Op.LE},
}
"""Every spelling of a comparison; those of letters are those of ss."""


class Kind(Enum):
    """What a token is."""

    OPEN = "open"
    CLOSE = "close"
    COMMA = "comma"
    OP = "op"  # a comparison in signs
    OPERATOR = "operator"  # and, or, not
    WORD = "word"
    QUOTED = "quoted"
    REGEX = "regex"
    END = "end"


_KINDS = {kind.value: kind for kind in Kind}


class Token(NamedTuple):
    """A piece of the text. text: without quotes and slashes. at, width: where in the text."""

    kind: Kind
    text: str
    at: int
    width: int


@dataclass(frozen=True, slots=True)
class Source:
    """The text of a filter, to say where something is wrong in it. name: of a saved one."""

    text: str
    name: str = ""

    def error(self, message: str, at: int, width: int, hint: str) -> FilterError:
        """Make the error about a place."""
        message = f"@{self.name}: {message}" if self.name else message
        return FilterError(message, self.text, at, width, hint)


def read_tokens(source: Source) -> list[Token]:
    """Split the text; the last token is END. Raises FilterError at a quote that is not closed."""
    tokens: list[Token] = []
    at, text = 0, source.text.rstrip()
    while at < len(text):
        match = _TOKENS.match(text, at)
        if match is None:  # only quotes begin nothing else
            at += len(text[at:]) - len(text[at:].lstrip())
            raise source.error("a quote is not closed", at, 1, f"close it with {text[at]}")
        group = match.lastgroup or ""
        start, end = match.span(group)
        tokens.append(_token(group, match[group], start, end - start))
        at = match.end()
    tokens.append(Token(Kind.END, "", len(source.text), 1))
    return tokens


def _token(group: str, text: str, at: int, width: int) -> Token:
    if group == "word":
        operator = text.lower()
        if operator not in _OPERATORS:
            return Token(Kind.WORD, text, at, width)
        return Token(Kind.OPERATOR, operator, at, width)
    if group == "sign":
        return Token(Kind.OPERATOR, _SIGNS[text], at, width)
    if group == "quoted":
        text = _ESCAPED.sub(r"\1", text[1:-1])
    elif group == "regex":
        at, width = at - 1, width + 2  # with its slashes
    return Token(_KINDS[group], text, at, width)
