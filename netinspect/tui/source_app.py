"""How the app gets on with its source: freshness, pace, retry, recording."""

from __future__ import annotations

import time
from contextlib import nullcontext

from textual import on

from netinspect.errors import NetinspectError
from netinspect.tui.head import Head
from netinspect.tui.messages import FeedFailed, SampleTaken
from netinspect.tui.own_cost import OwnCost
from netinspect.tui.settings import Settings, first_status, make_feed
from netinspect.tui.status import interval_text
from netinspect.tui.terminal_app import TerminalApp
from netinspect.tui.transport import Transport


class SourceApp(TerminalApp):
    """Keeps the status lines true."""

    INTERVALS = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)  # seconds

    def __init__(self, settings: Settings, driver_class: type | None = None) -> None:
        super().__init__(driver_class)
        self.settings = settings
        self.status = first_status(settings)
        self._feed = make_feed(settings, self.post_message)
        # Held here: messages still come while the screen is taken down.
        self._head = Head(settings.glyphs)
        self._first_waits = list(settings.first_waits)
        self._cost = OwnCost()
        self._arrived = time.monotonic()

    @on(SampleTaken)
    def count_sample(self, event: SampleTaken) -> None:
        """Note that data still comes, even while paused."""
        self._arrived = time.monotonic()
        self._cost.add(event.sample.cost)
        self.status.take_sample(event.sample)
        self.status.cost = self._cost.text
        self.status.failure = None
        if self._first_waits:
            self.set_timer(self._first_waits.pop(0), self._feed.hurry)
        self._show_status()

    def action_refresh(self) -> None:
        """Have new data now; from a source that ended, by opening it again."""
        if self.status.file is not None:
            self._feed.look_again()
            return
        if not self.status.ended or self.settings.reopen is None:
            self._feed.refresh()
            return
        try:
            with self.suspend() if self.settings.prompts else nullcontext():
                source = self.settings.reopen()
        except NetinspectError as error:
            self.post_message(FeedFailed(error.message, error.hint, ended=True))
            return
        self.status.failure, self.status.ended = None, False
        self._feed.restart(source)
        self._show_status()

    def action_interval(self, step: int) -> None:
        """Refresh less or more often."""
        if self.status.file is not None:
            self.notify("this is recorded: there is no interval to choose", timeout=2)
            return
        steps = self.INTERVALS
        at = min(range(len(steps)), key=lambda i: abs(steps[i] - self.status.interval))
        self.set_pace(steps[max(0, min(at + step, len(steps) - 1))])

    def set_pace(self, seconds: float) -> None:
        """Refresh this often."""
        self.status.set_pace(seconds)
        self._feed.set_interval(seconds)
        self._show_status()
        self.notify(f"every {interval_text(seconds)}", timeout=2)

    @on(Transport.RecordingWanted)
    def record(self, event: Transport.RecordingWanted) -> None:
        """Begin to write to a file, or end that."""
        if event.name is None:
            self._feed.stop_recording()
        elif self.settings.start_recording is not None:
            self._feed.record(event.name, self.settings.start_recording)

    def _show_status(self) -> None:
        self.status.age = time.monotonic() - self._arrived
        self._head.show_status(self.status)

    def _waiting_text(self) -> str:
        if self.status.file is not None:
            return f"reading {self.status.file} …"
        return f"waiting for the first sample from {self.status.target} …"

    def _new_file(self) -> str:
        """Offer a name for a recording."""
        date = time.strftime("%Y%m%d-%H%M%S")
        return f"netinspect-{self.status.target.replace('/', '_')}-{date}.nirec"
