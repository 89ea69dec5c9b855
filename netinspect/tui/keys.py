"""The keys of the app as a whole and of its tape deck; panes, rows and pages bind their own."""

from __future__ import annotations

from functools import partial

from textual.binding import Binding, BindingType

_hidden = partial(Binding, show=False)

APP_KEYS: list[BindingType] = [
    Binding("slash", "filter", "filter", key_display="/", id="app.filter"),
    Binding("escape", "clear_filter", "no filter", key_display="esc", id="app.clear_filter"),
    Binding(
        "exclamation_mark",
        "marked_only",
        "anomalies only",
        show=False,
        key_display="!",
        id="app.marked_only",
    ),
    Binding("r", "refresh", "refresh", id="app.refresh"),
    Binding("plus", "interval(1)", "slower", show=False, key_display="+", id="app.slower"),
    Binding("minus", "interval(-1)", "faster", show=False, key_display="-", id="app.faster"),
    Binding("n", "notes", "notes", show=False, id="app.notes"),
    Binding("ctrl+p", "command_palette", "commands", show=False, id="app.commands"),
    Binding("question_mark", "help", "help", key_display="?", id="app.help"),
    Binding("q", "quit", "quit", id="app.quit"),
    Binding("ctrl+c,ctrl+q", "quit", "quit", show=False, priority=True, id="app.interrupt"),
    Binding("ctrl+z", "suspend_process", "to the shell", show=False, id="app.suspend"),
]

TRANSPORT_KEYS: list[BindingType] = [
    Binding("left_square_bracket", "step(-1)", "earlier", key_display="[", id="time.back"),
    Binding("right_square_bracket", "step(1)", "later", key_display="]", id="time.forth"),
    _hidden("left_curly_bracket", "skip(-60)", "a minute earlier", key_display="{", id="time.less"),
    _hidden("right_curly_bracket", "skip(60)", "a minute later", key_display="}", id="time.more"),
    _hidden(
        "left_parenthesis", "change(-1)", "previous anomaly", key_display="(", id="time.before"
    ),
    _hidden("right_parenthesis", "change(1)", "next anomaly", key_display=")", id="time.after"),
    _hidden("t", "ask_time", "to a time: 14:05, -10m", id="time.ask"),
    Binding("p", "pause", "pause", id="time.pause"),
    Binding("p", "go_live", "live", id="time.live"),
    _hidden("end", "leave_past", "from the past to live", priority=True, id="time.leave"),
    _hidden("p", "go_last", "to the last moment", id="time.last"),
    _hidden("R", "record", "record to a file, or stop", id="time.record"),
]
