"""Findings and Explanations → the same with pseudonyms; codes, grades and numbers stay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from netinspect.finding import Evidence, Explanation, Finding, FindingKey, Subject
from netinspect.redaction.filled import Filled
from netinspect.redaction.keys import Keys
from netinspect.redaction.names import Names
from netinspect.redaction.texts import Texts


class Findings:
    """Redacts what was told of Samples; `texts` knows the names in them."""

    def __init__(self, names: Names, keys: Keys, texts: Texts) -> None:
        self._names = names
        self._keys = keys
        self._texts = texts
        self._filled = Filled(names, texts)

    def redact(self, finding: Finding) -> Finding:
        """Replace what a finding tells."""
        self._learn(finding.subject)
        text = self._texts.redact
        return replace(
            finding,
            subject=self._subject(finding.subject),
            summary=text(finding.summary),
            evidence=tuple(map(self._evidence, finding.evidence)),
            disproof=text(finding.disproof),
            sockets=self._keys.column(finding.sockets),
            causes=tuple(map(self.key, finding.causes)),
        )

    def key(self, key: FindingKey) -> FindingKey:
        """Replace what identifies a finding."""
        return FindingKey(key.code, self._texts.redact(key.subject))

    def explanations(
        self, explanations: Mapping[FindingKey, Explanation]
    ) -> dict[FindingKey, Explanation]:
        """Replace what attached explanations tell."""
        return {self.key(key): self._filled.redact(one) for key, one in explanations.items()}

    def _learn(self, subject: Subject) -> None:
        """Learn names of processes that may have ended before any Sample at hand."""
        for name, rename in (
            (subject.name, self._names.process),
            (subject.unit, self._names.part),
            (subject.container, self._names.container),
        ):
            if name is not None:
                self._texts.learn(name, rename(name))

    def _subject(self, subject: Subject) -> Subject:
        text = self._texts.redact
        return replace(
            subject,
            key=text(subject.key),
            text=text(subject.text),
            name=subject.name and self._names.process(subject.name),
            unit=subject.unit and self._names.part(subject.unit),
            container=subject.container and self._names.container(subject.container),
            local_addr=subject.local_addr and text(subject.local_addr),
            remote_addr=subject.remote_addr and text(subject.remote_addr),
        )

    def _evidence(self, evidence: Evidence) -> Evidence:
        if not isinstance(evidence.value, str):
            return evidence
        return replace(evidence, value=self._filled.value(evidence.name, evidence.value))
