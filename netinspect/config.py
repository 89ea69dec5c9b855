"""What the user set: thresholds, silences, saved filters, from a TOML document and arguments.

    [rules.accept-queue-full]
    warning_share = 0.4

    [rules.config-range-tiny]
    silence = true                      # or a list of patterns for subjects

    [filters]
    web = "lport 80,443"                # @web in any filter

Pure: reading the file is the commands' business.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from netinspect.diagnosis import Judgement, Silence
from netinspect.errors import UsageError
from netinspect.parts import Rule
from netinspect.query.saved import SECTION, read_section
from netinspect.rules import RULES

_SECTION = "rules"
_SILENCE = "silence"


@dataclass(frozen=True, slots=True)
class Config:
    """How to judge, filters by name, and what in the document was not understood, a line each."""

    judgement: Judgement = field(default_factory=Judgement)
    filters: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def parse_config(document: Mapping[str, Any], rules: Sequence[Rule] = RULES) -> Config:
    """Read a configuration document.

    Names that do not exist are warnings: a file may be older or newer than the program. Raises
    UsageError on a value of the wrong type.
    """
    known = {rule.code: rule for rule in rules}
    thresholds: dict[str, dict[str, float]] = {}
    silences: list[Silence] = []
    warnings = [f"no section `{name}`" for name in document if name not in (_SECTION, SECTION)]
    for code, table in _tables(document):
        rule = known.get(code)
        if rule is None:
            warnings.append(f"no anomaly `{code}`{_near(code, known)}")
            continue
        for name, value in table.items():
            if name == _SILENCE:
                silences += _silences(code, value)
            elif name not in _names(rule):
                warnings.append(f"{code}: no threshold `{name}`{_near(name, _names(rule))}")
            else:
                thresholds.setdefault(code, {})[name] = _number(f"{code}.{name}", value)
    filters = read_section(document)
    return Config(Judgement(thresholds, tuple(silences)), filters, tuple(warnings))


def amend_judgement(
    judgement: Judgement,
    assignments: Sequence[str],
    silences: Sequence[str],
    rules: Sequence[Rule] = RULES,
) -> Judgement:
    """Add `code.threshold=value` and `code[:subject]` of a command line; raises UsageError."""
    thresholds = {code: dict(values) for code, values in judgement.thresholds.items()}
    for text in assignments:
        code, name, value = _parse_assignment(text, rules)
        thresholds.setdefault(code, {})[name] = value
    codes = {rule.code for rule in rules}
    added = tuple(_parse_silence(text, codes) for text in silences)
    return Judgement(thresholds, judgement.silences + added, judgement.patience)


def _parse_assignment(text: str, rules: Sequence[Rule]) -> tuple[str, str, float]:
    name, equals, value = text.partition("=")
    code, dot, threshold = name.strip().rpartition(".")
    if not equals or not dot:
        raise UsageError(f"`{text}` does not set a threshold", "write it as code.threshold=value")
    known = {rule.code: rule for rule in rules}
    if code not in known:
        raise _unknown(code, known)
    names = _names(known[code])
    if threshold not in names:
        raise UsageError(
            f"{code}: no threshold `{threshold}`{_near(threshold, names)}",
            f"thresholds: {' '.join(names) or 'none'}",
        )
    return code, threshold, _number(name, value)


def _unknown(code: str, known: Collection[str]) -> UsageError:
    return UsageError(f"no anomaly `{code}`{_near(code, known)}", "see netinspect explain --list")


def _parse_silence(text: str, known: Collection[str]) -> Silence:
    """Read `code[:subject]`; a pattern may be of anomalies that only other versions know."""
    code, _, subject = text.partition(":")
    if code not in known and not set(code) & set("*?["):
        raise _unknown(code, known)
    return Silence(code, subject or "*")


def _tables(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    section = document.get(_SECTION, {})
    if not isinstance(section, Mapping):
        raise UsageError(f"`{_SECTION}` is not a table")
    for code, table in section.items():
        if not isinstance(table, Mapping):
            raise UsageError(f"`{_SECTION}.{code}` is not a table")
        yield code, table


def _silences(code: str, value: object) -> list[Silence]:
    if isinstance(value, bool):
        return [Silence(code)] if value else []
    if isinstance(value, list) and all(isinstance(pattern, str) for pattern in value):
        return [Silence(code, pattern) for pattern in value]
    raise UsageError(f"`{code}.{_SILENCE}` is neither true nor a list of patterns")


def _number(name: str, value: object) -> float:
    try:
        if isinstance(value, bool):
            raise TypeError
        number = float(value)  # type: ignore[arg-type]  # what is no number raises
        if number != number:
            raise ValueError
        return number
    except (TypeError, ValueError):
        raise UsageError(f"`{name}`: {value!r} is not a number") from None


def _names(rule: Rule) -> list[str]:
    return [threshold.name for threshold in rule.thresholds]


def _near(word: str, known: Collection[str]) -> str:
    near = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f", did you mean `{near[0]}`?" if near else ""
