"""A Redactor: everything that is handed on under one secret goes through it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from hashlib import blake2b

from netinspect.finding import Explanation, FindingKey
from netinspect.model import Sample, Window
from netinspect.recording.timeline import Moment
from netinspect.redaction.addresses import Addresses
from netinspect.redaction.findings import Findings
from netinspect.redaction.keys import Keys
from netinspect.redaction.names import Names
from netinspect.redaction.samples import Samples
from netinspect.redaction.texts import Texts
from netinspect.redaction.trails import redact_trail

_REMEMBERED = 2


class Redactor:
    """Replaces what tells who and where; the same input has the same pseudonym."""

    def __init__(self, secret: bytes) -> None:
        """Take a secret of any length; who knows it can try names until a pseudonym comes out."""
        secret = blake2b(secret, digest_size=32).digest()
        addresses, names, keys = Addresses(secret), Names(secret), Keys(secret)
        texts = Texts(addresses, keys, names.process)
        self._keys = keys
        self.rename_host = names.host
        self._samples = Samples(addresses, names, keys, texts)
        self._findings = Findings(names, keys, texts)
        self._remembered: list[tuple[Sample, Sample]] = []

    def redact_sample(self, sample: Sample) -> Sample:
        """Redact a Sample; one of the last two gives the same result again."""
        for known, redacted in self._remembered:
            if known is sample:
                return redacted
        redacted = self._samples.redact(sample)
        self._remembered = [*self._remembered, (sample, redacted)][-_REMEMBERED:]
        return redacted

    def redact_window(self, window: Window) -> Window:
        """Redact a Window; its filter was applied to what the host really showed."""
        before = self.redact_sample(window.before) if window.before else None
        return replace(
            window,
            before=before,
            now=self.redact_sample(window.now),
            findings=tuple(map(self._findings.redact, window.findings)),
            trail=redact_trail(window.trail, self._keys, self._samples.redact),
        )

    def redact_explanations(
        self, explanations: Mapping[FindingKey, Explanation]
    ) -> dict[FindingKey, Explanation]:
        """Redact attached explanations, after the Samples they are about."""
        return self._findings.explanations(explanations)

    def redact_moment(self, moment: Moment) -> Moment:
        """Redact what a Timeline keeps."""
        before = self.redact_sample(moment.before) if moment.before else None
        return Moment(
            before=before,
            sample=self.redact_sample(moment.sample),
            findings=tuple(map(self._findings.redact, moment.findings)),
            explanations=self.redact_explanations(moment.explanations),
        )
