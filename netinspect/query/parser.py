"""Tokens → tree, by recursive descent.

filter = states any | any
any    = item { ["and"] item } | item { "or" item }
item   = "not" item | "(" any ")" | states | term
states = { ( "state" | "exclude" ) [op] name { "," name } }
term   = "@" name | field [op] value { "," value } | "unknown" "(" field ")" | "autobound" | word

States at the very beginning hold for all that stands behind them, as in ss. `and` and `or` mixed
without brackets are an error: ss binds both alike, and everybody else does not.
"""

from __future__ import annotations

from netinspect.errors import FilterError
from netinspect.query.lexer import OPS, Kind, Source, Token, read_tokens
from netinspect.query.nearest import find_nearest, is_slip
from netinspect.query.numbers import BadValueError
from netinspect.query.saved import Uses, is_saved
from netinspect.query.syntax import (
    And,
    Autobound,
    Node,
    Not,
    Op,
    Or,
    Style,
    Term,
    Unknown,
    Value,
    Word,
    bracketed,
    joined,
)
from netinspect.query.terms import ABSENT, SPELLED, TermSpec
from netinspect.query.terms import Kind as ValueKind
from netinspect.query.values import parse_pattern, parse_value

_DEEPEST = 50
_LONGEST_HINT = 400
_BEGIN = (Kind.WORD, Kind.QUOTED, Kind.REGEX, Kind.OPEN)
_VALUES = {Kind.WORD: Style.WORD, Kind.QUOTED: Style.QUOTED, Kind.REGEX: Style.REGEX}
_FIELDS = "see `netinspect help filter` for all fields"


def parse_tree(text: str) -> Node | None:
    """Read a filter; None for one without words. Raises FilterError."""
    source = Source(text)
    parser = _Parser(source, read_tokens(source))
    return None if parser.token.kind is Kind.END else parser.parse()


class _Parser:
    """Where in the tokens the reading is."""

    def __init__(self, source: Source, tokens: list[Token], uses: Uses | None = None) -> None:
        self._source = source
        self._uses = uses or Uses()
        self._tokens = tokens
        self._depth = 0
        self._go(0)

    def _go(self, at: int) -> None:
        """Go on reading at a token."""
        self._at, self.token = at, self._tokens[at]

    def parse(self) -> Node:
        """Read all of it."""
        states = self._parse_states() if self._is_state() else None
        if states is None:
            node = self._parse_any()
        elif self._begins_item():
            node = joined(And, [states, self._parse_any()])
        else:
            node = self._parse_any(states)
        if self.token.kind is not Kind.END:
            hint = "remove it, or open a bracket before"
            raise self._error(f"unexpected `{self.token.text}`", self.token, hint)
        return node

    def _parse_any(self, first: Node | None = None) -> Node:
        """Read items joined by `and` or by `or`."""
        begin = self.token
        parts = [first or self._parse_item()]
        sign: str | None = None
        while (found := self._operator()) is not None:
            operator, token = found
            if sign not in (None, operator):
                raise self._mixed(parts, str(sign), token)
            sign = operator
            if token.kind is Kind.OPERATOR and token.text != "not":
                self._go(self._at + 1)
            if not self._begins_item():
                raise self._missing(f"`{token.text}`", begin)
            parts.append(self._parse_item())
        return joined(Or if sign == "or" else And, parts)

    def _operator(self) -> tuple[str, Token] | None:
        """Return what joins the next item, and the token that says so; None where none follows."""
        token = self.token
        if token.kind is Kind.OPERATOR and token.text != "not":
            return token.text, token
        return ("and", token) if self._begins_item() else None

    def _begins_item(self) -> bool:
        token = self.token
        return token.kind in _BEGIN or (token.kind, token.text) == (Kind.OPERATOR, "not")

    def _parse_item(self) -> Node:
        token = self.token
        if token.kind is Kind.OPERATOR and token.text == "not":
            self._enter(token)
            if not self._begins_item():
                raise self._missing("`not`", token)
            inner = self._parse_item()
            self._depth -= 1
            return Not(inner)
        if token.kind is Kind.OPEN:
            return self._parse_bracket(token)
        if token.kind not in _BEGIN:
            raise self._error(f"unexpected `{token.text}`", token, "expected a field or a word")
        return self._parse_states() if self._is_state() else self._parse_term()

    def _parse_bracket(self, opened: Token) -> Node:
        self._enter(opened)
        if not self._begins_item():
            raise self._missing("`(`", opened)
        node = self._parse_any()
        if self.token.kind is not Kind.CLOSE:
            raise self._error("`(` is not closed", opened, "close it with )")
        self._go(self._at + 1)
        self._depth -= 1
        return node

    def _enter(self, token: Token) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self._error("too deep", token, f"at most {_DEEPEST} levels")
        self._go(self._at + 1)

    def _is_state(self) -> bool:
        return self.token.kind is Kind.WORD and self.token.text.lower() in ("state", "exclude")

    def _parse_states(self) -> Node:
        """Read `state` and `exclude` side by side: each adds to, or takes from, those before."""
        runs: list[tuple[Token, Op, list[Value]]] = []
        while self._is_state():
            token, term = self.token, self._parse_term()
            assert isinstance(term, Term), "it begins with a field"
            if not runs or runs[-1][1] is not term.op:
                runs.append((token, term.op, []))
            runs[-1][2].extend(term.values)
        if len(runs) > _DEEPEST:
            raise self._error("too deep", runs[_DEEPEST][0], f"at most {_DEEPEST} levels")
        node: Node | None = None
        for _, op, values in runs:
            term = Term("state", op, tuple(values))
            node = joined(Or if op is Op.EQ else And, [node, term]) if node else term
        assert node is not None, "called where one begins"
        return node

    def _parse_term(self) -> Node:
        token = self.token
        self._go(self._at + 1)
        if token.kind is not Kind.WORD:
            return self._word(token)
        if token.text.lower() == "autobound":
            return Autobound()
        if token.text.lower() == "unknown" and self._touches(Kind.OPEN, token):
            return self._parse_unknown()
        if token.text[0] == "@" and is_saved(token.text):
            return self._parse_saved(token)
        name, colon, rest = token.text.partition(":")
        spec = SPELLED.get(name.lower())
        if spec is None:
            self._refuse_slip(token, name, colon)
            return self._word(token)
        if colon:
            # What stands behind the colon is the first value.
            value = Token(Kind.WORD, rest, token.at + len(name) + 1, max(1, len(rest)))
            self._tokens[self._at - 1] = value
            self._go(self._at - 1 if rest else self._at)
        return self._parse_comparison(token, spec, Op.EQ if colon else None)

    def _touches(self, kind: Kind, before: Token) -> bool:
        return self.token.kind is kind and self.token.at == before.at + before.width

    def _word(self, token: Token) -> Word:
        style = _VALUES[token.kind]
        try:
            pattern = parse_pattern(token.text, style, within=True)
        except BadValueError as error:
            raise self._error(error.message, token, error.hint) from None
        return Word(token.text, style, pattern)

    def _parse_saved(self, token: Token) -> Node:
        source = self._uses.enter(self._source, token)
        parser = _Parser(source, read_tokens(source), self._uses)
        parser._depth = self._depth
        node = parser.parse()
        self._uses.leave()
        return node

    def _parse_unknown(self) -> Node:
        self._go(self._at + 1)
        token = self.token
        spec = SPELLED.get(token.text.lower()) if token.kind is Kind.WORD else None
        if spec is None:
            raise self._no_field(token)
        self._go(self._at + 1)
        if self.token.kind is not Kind.CLOSE:
            raise self._error("unknown( is not closed", self.token, f"write unknown({spec.name})")
        self._go(self._at + 1)
        return Unknown("state" if spec.name == "exclude" else spec.name)

    def _parse_comparison(self, field: Token, spec: TermSpec, op: Op | None) -> Node:
        if op is None:
            op = self._parse_op(spec)
        values = [self._parse_value(field, spec, op)]
        while self.token.kind is Kind.COMMA:
            self._go(self._at + 1)
            values.append(self._parse_value(field, spec, op))
        if spec.name != "exclude":
            return Term(spec.name, op, tuple(values))
        return Term("state", Op.NE if op is Op.EQ else Op.EQ, tuple(values))

    def _parse_op(self, spec: TermSpec) -> Op:
        token = self.token
        spelled = token.kind is Kind.OP or (
            # of a name, `ge` may be one
            token.kind is Kind.WORD and token.text in OPS and spec.kind is not ValueKind.TEXT
        )
        if not spelled:
            return Op.EQ
        self._go(self._at + 1)
        return OPS[token.text]

    def _parse_value(self, field: Token, spec: TermSpec, op: Op) -> Value:
        token = self.token
        if token.kind not in _VALUES:
            hint = f"e.g. `{spec.example}`"
            name = field.text.partition(":")[0]
            if token.kind in (Kind.END, Kind.CLOSE, Kind.OPERATOR):
                hint += f'; to look for the word itself: "{name}"'
            raise self._error(f"`{name}` has no value", field, hint)
        known = SPELLED["state"] if spec.name == "exclude" else spec
        try:
            value = parse_value(known, token.text, _VALUES[token.kind], op)
        except BadValueError as error:
            raise self._error(error.message, token, error.hint) from None
        self._go(self._at + 1)
        return value

    def _refuse_slip(self, token: Token, name: str, colon: str) -> None:
        """Raise where a word was surely meant as a field, or probably."""
        if self.token.kind is Kind.OP:
            raise self._no_field(token)
        followed = colon or self.token.kind in _VALUES
        if followed and any(is_slip(name.lower(), known) for known in SPELLED):
            raise self._no_field(Token(token.kind, name, token.at, len(name)))

    def _no_field(self, token: Token) -> FilterError:
        near = find_nearest(token.text, SPELLED)
        if token.text.lower() in ABSENT:
            return self._error(f"no field `{token.text}`", token, ABSENT[token.text.lower()])
        hint = f"did you mean `{near}`? to look for the word, quote it" if near else _FIELDS
        return self._error(f"no field `{token.text}`", token, hint)

    def _missing(self, before: str, begin: Token) -> FilterError:
        token = self.token
        if token.kind is Kind.END:
            return self._error(f"nothing follows {before}", token, "expected a field or a word")
        return self._error(f"unexpected `{token.text}`", token, "expected a field or a word")

    def _mixed(self, parts: list[Node], sign: str, token: Token) -> FilterError:
        """Show both ways to read `a or b and c`."""
        at = self._at
        if token.kind is Kind.OPERATOR and token.text != "not":
            self._go(self._at + 1)
        right = self._parse_item() if self._begins_item() else None
        self._go(at)
        operator = token.text if token.text in ("and", "or") and right else "and"
        before = f" {sign} ".join(map(bracketed, parts))
        tight = f" {sign} ".join([*map(bracketed, parts[:-1]), f"({parts[-1]} {operator} {right})"])
        readings = f"({before}) {operator} {right}, or {tight}"
        message = "`and` and `or` are mixed without brackets"
        short = right is not None and len(readings) < _LONGEST_HINT
        return self._error(message, token, f"write {readings}" if short else "use brackets")

    def _error(self, message: str, token: Token, hint: str) -> FilterError:
        return self._source.error(message, token.at, token.width, hint)
