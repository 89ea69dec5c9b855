"""What the user sets: thresholds and silences, and what is said about mistakes."""

from __future__ import annotations

import pytest

from netinspect.config import amend_judgement, parse_config
from netinspect.diagnosis import Judgement, Silence
from netinspect.errors import UsageError
from netinspect.parts import Rule, Threshold

RULES = (Rule("queue-full", "", (Threshold("share", 0.5, ""),), lambda facts, thresholds: ()),)


def test_thresholds_and_silences_of_a_document() -> None:
    document = {"rules": {"queue-full": {"share": 0.4, "silence": ["*:22", "sshd*"]}}}

    judgement = parse_config(document, RULES).judgement

    assert judgement.thresholds == {"queue-full": {"share": 0.4}}
    assert judgement.silences == (Silence("queue-full", "*:22"), Silence("queue-full", "sshd*"))


def test_whole_rule_is_silenced_with_true() -> None:
    document = {"rules": {"queue-full": {"silence": True}}}

    assert parse_config(document, RULES).judgement.silences == (Silence("queue-full"),)


def test_names_that_do_not_exist_are_warnings_with_the_nearest() -> None:
    document = {"color": {}, "rules": {"queue-ful": {}, "queue-full": {"shar": 1}}}

    config = parse_config(document, RULES)

    assert config.judgement == Judgement()
    assert config.warnings == (
        "no section `color`",
        "no anomaly `queue-ful`, did you mean `queue-full`?",
        "queue-full: no threshold `shar`, did you mean `share`?",
    )


@pytest.mark.parametrize(
    "document",
    [
        {"rules": 3},
        {"rules": {"queue-full": 3}},
        {"rules": {"queue-full": {"share": "much"}}},
        {"rules": {"queue-full": {"share": True}}},
        {"rules": {"queue-full": {"silence": "sshd"}}},
        {"rules": {"queue-full": {"silence": [1]}}},
    ],
)
def test_values_of_the_wrong_type_are_refused(document: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        parse_config(document, RULES)


def test_arguments_go_over_the_file() -> None:
    of_file = Judgement({"queue-full": {"share": 0.4}}, (Silence("a"),), patience=3)

    judgement = amend_judgement(of_file, ["queue-full.share=0.3"], ["b-*:java*"], RULES)

    assert judgement.thresholds == {"queue-full": {"share": 0.3}}
    assert judgement.silences == (Silence("a"), Silence("b-*", "java*"))
    assert judgement.patience == 3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("queue-full.share", "does not set a threshold"),
        ("share=3", "does not set a threshold"),
        ("queue-ful.share=3", "no anomaly `queue-ful`, did you mean `queue-full`?"),
        ("queue-full.shar=3", "no threshold `shar`, did you mean `share`?"),
        ("queue-full.share=x", "'x' is not a number"),
        ("queue-full.share=nan", "'nan' is not a number"),
    ],
)
def test_mistaken_argument_is_told(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=r".*") as caught:
        amend_judgement(Judgement(), [text], [], RULES)

    assert message in caught.value.message


def test_silence_of_no_anomaly_is_told() -> None:
    with pytest.raises(UsageError, match="no anomaly `queue-ful`, did you mean"):
        amend_judgement(Judgement(), [], ["queue-ful:java*"], RULES)
