"""What `record` does: reads, judges and writes Samples until a signal, an error or the end."""

from __future__ import annotations

import argparse
import time
from contextlib import closing

from netinspect.commands.ending import Ending, ending
from netinspect.commands.record_progress import Progress
from netinspect.commands.sampling import warn
from netinspect.diagnosis import History, Judgement, diagnose
from netinspect.errors import NetinspectError, ParseError, SourceError
from netinspect.humanize import safe_text
from netinspect.model import Sample
from netinspect.query import Query
from netinspect.recording.around import AroundFindings
from netinspect.recording.keep import Keep
from netinspect.recording.timeline import Moment
from netinspect.recording.writer import RecordingWriter
from netinspect.redaction import Redactor
from netinspect.report import build_window
from netinspect.sources import Kind, SourceOptions, open_source

_FIRST_WAIT, _LONGEST_WAIT = 1.0, 30.0  # seconds until a source that failed is tried again


def record(
    arguments: argparse.Namespace,
    keep: Keep | None,
    judgement: Judgement,
    redactor: Redactor | None = None,
) -> None:
    """Record until it is time to end. Raises NetinspectError where it cannot go on."""
    path, interval = arguments.file, arguments.interval
    progress = Progress(safe_text(path), interval)
    with closing(RecordingWriter(path, interval=interval, keep=keep)) as writer:
        if writer.note:
            warn(f"{safe_text(path)}: {writer.note}")
        around = None
        if arguments.on_anomaly:
            around = AroundFindings(writer, arguments.before, arguments.after)
        options = SourceOptions(Kind(arguments.source), arguments.sudo, interval)
        progress.begin()
        recorder = Recorder(options, judgement, writer, around, progress, redactor=redactor)
        try:
            with ending(arguments.length) as end:
                recorder.run(end)
        except NetinspectError:
            progress.interrupt()
            raise
        progress.finish(writer.size)


class Recorder:
    """One run of the command."""

    def __init__(
        self,
        options: SourceOptions,
        judgement: Judgement,
        writer: RecordingWriter,
        around: AroundFindings | None,
        progress: Progress,
        *,
        redactor: Redactor | None = None,
    ) -> None:
        self._options = options
        self._judgement = judgement
        self._writer = writer
        self._around = around
        self._progress = progress
        self._redactor = redactor
        self._last: Sample | None = None
        self._history = History()
        self._told = writer.note
        self._wait = 0.0  # of the last attempt; 0 = none has failed since the last Sample
        self._began = False

    def run(self, end: Ending) -> None:
        """Record until Ended is raised; a source that worked once is tried again for ever."""
        while True:
            try:
                self._read_all(end)
            except (SourceError, ParseError) as error:
                if not self._began:
                    raise
                self._wait_after(error, end)

    def take(self, sample: Sample) -> None:
        """Judge a Sample and write it, or hold it back."""
        window = build_window(sample, self._last, Query())
        diagnosis = diagnose(window, self._history, self._judgement)
        moment = Moment(sample, self._last, diagnosis.findings)
        if self._redactor is not None:
            moment = self._redactor.redact_moment(moment)
        size = self._writer.size
        (self._around or self._writer).append(moment)
        self._tell_note()
        self._last, self._history = sample, diagnosis.history
        self._began, self._wait = True, 0.0
        state = "" if self._around is None or self._around.is_writing else "held back: "
        self._progress.tell(moment, self._writer.size, self._writer.size - size, state)

    def _read_all(self, end: Ending) -> None:
        with end.waiting():
            source = open_source(self._options)
        with closing(source):
            # What a new probe sees is not compared with what the one before saw.
            self._last, self._history = None, History()
            while True:
                with end.waiting():
                    sample = source.read()
                self.take(sample)

    def _tell_note(self) -> None:
        """Say once what could not be done to the file, which goes on."""
        note = self._writer.note
        if note is not None and note != self._told:
            self._progress.interrupt()
            warn(note)
        self._told = note

    def _wait_after(self, error: NetinspectError, end: Ending) -> None:
        with end.waiting():
            self._wait = min(_LONGEST_WAIT, 2 * self._wait or _FIRST_WAIT)
            self._progress.interrupt()
            warn(f"{error.message}; trying again in {self._wait:.0f} s")
            time.sleep(self._wait)
