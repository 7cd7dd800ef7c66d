"""The screen of `netctl status --watch`: what is shown, and what each key does. Nothing on it changes the fleet."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Sequence
from typing import ClassVar, TypeVar

from rich.text import Text
from textual import on
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, VerticalScroll
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import DataTable, Footer, Input, Static

from netctl.cli.boundary import INTERRUPTED
from netctl.cli.log_lines import harmless
from netctl.cli.watch.about import about
from netctl.cli.watch.help import Help
from netctl.cli.watch.logpane import LogPane
from netctl.cli.watch.style import CSS
from netctl.cli.watch.table import NeuronTable
from netctl.cli.watch.tail import Tail
from netctl.cli.watch.words import WIDE, count_line, head_line, log_title
from netctl.errors import NetctlError
from netctl.live.columns import COLUMNS, ORDER, Shown, fitting, in_order, wanted
from netctl.live.recorded import KINDS
from netctl.live.rows import Picture, Row

AROUND_ROWS = 2
"""The lines of the table that are no rows: its title and the columns'."""

STREAMS = ("both streams", "standard output", "standard error")
Starts = Callable[[Callable[[Picture | Exception], object]], object]
"""Starts to look, and tells what is seen to what it is given, from another thread."""


Part = TypeVar("Part", bound=Widget)


class Looked(Message):
    """A look has ended."""

    def __init__(self, found: Picture | Exception) -> None:
        super().__init__()
        self.found = found


class Logged(Message):
    """The tail has lines to take."""


class Filter(Input):
    """The words that rows must have."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "Keep"),
        Binding("escape", "app.back", "Show all"),
    ]

    def __init__(self) -> None:
        super().__init__(placeholder="name, role, state, uid, hotkey or problem", id="filter", compact=True)


class Watch(App[int]):
    """Returns its exit code. Without `colours` there are none at all, not even shades of grey."""

    CSS = CSS
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "leave", "Quit"),
        Binding("question_mark,f1", "help", "Help", key_display="?"),
        Binding("slash", "filter", "Filter", key_display="/", priority=True),  # the next key is its first letter
        Binding("p", "troubled", "Problems"),
        Binding("s", "sort", "Sort"),
        Binding("t", "trend", "Trend"),
        Binding("z", "zoom", "Zoom"),
        Binding("o", "stream", "Stream"),
        Binding("f", "follow", "Follow"),
        Binding("w", "wrap", "Wrap"),
        Binding("r", "reverse", show=False),
        Binding("enter", "zoom", show=False),
        Binding("escape", "back", show=False),
        Binding("ctrl+c", "interrupt", show=False, priority=True),
        Binding("ctrl+q", "leave_at_once", show=False, priority=True),
    ]

    def __init__(self, starts: Starts, *, colours: bool = True) -> None:
        super().__init__(ansi_color=None if colours else True)
        self.title = "netctl"
        self._starts = starts
        self._picture: Picture | None = None
        self._error: str | None = None
        self._tail = Tail(lambda: self.post_message(Logged()))
        self._followed: tuple[str, int] | None = None
        self._selection = 0
        self._stream = 0
        self._by, self._reverse, self._trend = "name", False, 0
        self._troubled = False
        self.failure: BaseException | None = None

    def compose(self) -> ComposeResult:
        yield Static("looking ...", id="head", markup=False)
        yield Static("", id="trouble", markup=False)
        yield NeuronTable()
        with Container(id="below"):
            with VerticalScroll(id="about"):
                yield Static("", id="details", markup=False)
            yield LogPane()
        yield Filter()
        yield Footer(compact=True)

    def on_mount(self) -> None:
        self._at(NeuronTable).focus()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self.exit, 128 + number)
        self._tail.start()
        self._starts(lambda found: self.post_message(Looked(found)))

    # What is seen

    def on_looked(self, message: Looked) -> None:
        match message.found:
            case NetctlError() as error:
                self._error = error.message
            case Exception() as bug:
                raise bug
            case Picture() as picture:
                self._picture, self._error = picture, None
        self._draw()

    def on_logged(self) -> None:
        taken = self._tail.take()
        if taken.selection == self._selection:
            self._at(LogPane).add(taken)

    @on(DataTable.RowHighlighted)
    def choose(self, event: DataTable.RowHighlighted) -> None:
        """The cursor has gone to another neuron."""
        self._at(NeuronTable).chosen = event.row_key.value
        self._draw_chosen()

    @on(DataTable.HeaderSelected)
    def sort_by(self, event: DataTable.HeaderSelected) -> None:
        """A click on a title."""
        name = event.column_key.value or self._by
        self._by, self._reverse = name, not self._reverse if name == self._by else False
        self._draw(moved=True)

    @on(Input.Changed, "#filter")
    def filter_changed(self) -> None:
        """Each letter counts at once."""
        self._draw(moved=True)

    @on(Input.Submitted, "#filter")
    def filter_done(self) -> None:
        """Enter leaves the filter as it is."""
        asked = self._at(Filter)
        asked.display = bool(asked.value)
        self._below.set_focus(self._at(NeuronTable))

    def on_resize(self) -> None:
        self.call_after_refresh(self._resized)

    # What is drawn

    def _at(self, kind: type[Part], where: str | None = None) -> Part:
        """A part of the screen, also while help lies over it."""
        return self._below.query_one(kind) if where is None else self._below.query_one(where, kind)

    @property
    def _below(self) -> Screen[object]:
        return self.screen_stack[0]

    def _resized(self) -> None:
        # Textual's own breakpoints pass over a screen that help lies over.
        self._below.set_class(self.size.width >= WIDE, "-wide")
        self._below.set_class(self.size.width < WIDE, "-narrow")
        self._draw()

    def _rows(self) -> Sequence[Row]:
        if self._picture is None:
            return ()
        text = self._at(Filter).value
        found = [row for row in self._picture.rows if wanted(row, text, troubled=self._troubled)]
        return in_order(found, self._by, reverse=self._reverse)

    def _draw(self, *, moved: bool = False) -> None:
        """Everything; with `moved` the cursor is kept in sight."""
        troubles = [] if self._error is None else [f"the last look failed: {self._error}"]
        picture = self._picture
        if picture is not None:
            rows, table = self._rows(), self._at(NeuronTable)
            head = Text(head_line(picture, self.size.width), no_wrap=True, overflow="ellipsis")
            self._at(Static, "#head").update(head)
            troubles += picture.problems
            column = next(each for each in COLUMNS if each.name == self._by)
            arrow = {self._by: "▼" if column.descends is not self._reverse else "▲"}
            columns = fitting(picture.rows, self.size.width - 1)
            table.draw(rows, columns, Shown(picture, KINDS[self._trend]), arrow)
            told = f"{count_line(rows, picture, troubled=self._troubled)}; trend: {KINDS[self._trend]}"
            table.border_title = told
            table.styles.height = len(picture.rows) + AROUND_ROWS
            if moved:
                table.show_chosen()
        trouble = self._at(Static, "#trouble")
        trouble.display = bool(troubles)
        trouble.update(Text(harmless("\n".join(troubles))))
        self._draw_chosen()

    def _chosen(self) -> Row | None:
        name = self._at(NeuronTable).chosen
        rows = () if self._picture is None else self._picture.rows
        return next((row for row in rows if row.name == name), None)

    def _draw_chosen(self) -> None:
        row = self._chosen()
        if row is None or self._picture is None:
            return
        self._at(VerticalScroll, "#about").border_title = Text(row.name).markup
        self._at(Static, "#details").update(about(row, self._picture))
        if self._followed != (row.name, self._stream):
            self._followed = (row.name, self._stream)
            pane = self._at(LogPane)
            pane.begin()
            self._selection = self._tail.select((row.logs, row.logs[:1], row.logs[1:])[self._stream])
        self._draw_title(row)

    def _draw_title(self, row: Row) -> None:
        pane = self._at(LogPane)
        pane.border_title = Text(log_title(row.name, STREAMS[self._stream], holds=pane.holds)).markup

    # What keys do

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """While words are asked for, letters are letters."""
        return not isinstance(self.focused, Filter) or action in ("interrupt", "leave_at_once", "back")

    def action_leave(self) -> None:
        """Leave; the fleet runs on."""
        self.exit(0)

    def action_leave_at_once(self) -> None:
        """The same, whatever has the keys."""
        self.exit(0)

    def action_interrupt(self) -> None:
        """Ctrl-C."""
        self.exit(INTERRUPTED)

    def action_help(self) -> None:
        """What the keys do."""
        self.push_screen(Help())

    def action_filter(self) -> None:
        """Ask for words."""
        asked = self._at(Filter)
        asked.display = True
        self._below.set_focus(asked)

    async def action_back(self) -> None:
        """End the filter, else what is large."""
        asked = self._at(Filter)
        if asked.display:
            asked.value = ""
            asked.display = False
        elif self._below.has_class("-zoomed"):
            self.action_zoom()
        self._below.set_focus(self._at(NeuronTable))

    def action_troubled(self) -> None:
        """Only those with a problem, or all."""
        self._troubled = not self._troubled
        self._draw(moved=True)

    def action_sort(self) -> None:
        """By the next column that is on the screen."""
        shown = [str(key.value) for key in self._at(NeuronTable).columns] or list(ORDER)
        at = shown.index(self._by) if self._by in shown else -1
        self._by, self._reverse = shown[(at + 1) % len(shown)], False
        self._draw(moved=True)

    def action_reverse(self) -> None:
        """The other way round."""
        self._reverse = not self._reverse
        self._draw(moved=True)

    def action_trend(self) -> None:
        """Draw the next value over time."""
        self._trend = (self._trend + 1) % len(KINDS)
        self._draw()

    def action_zoom(self) -> None:
        """Details and log large, or small again."""
        self._below.toggle_class("-zoomed")
        zoomed = self._below.has_class("-zoomed")
        self._below.set_focus(self._at(LogPane if zoomed else NeuronTable))

    def action_stream(self) -> None:
        """The log's other streams."""
        self._stream = (self._stream + 1) % len(STREAMS)
        self._draw_chosen()

    def action_follow(self) -> None:
        """Stay, or follow."""
        pane = self._at(LogPane)
        pane.hold(held=not pane.holds)
        self._draw_chosen()

    def action_wrap(self) -> None:
        """Wrap, or cut."""
        self._at(LogPane).turn_wrap()

    def _handle_exception(self, error: Exception) -> None:
        """A bug of ours is told where all are: by the boundary, once the terminal is as it was."""
        self.failure = self.failure or error
        if self.is_headless:
            super()._handle_exception(error)
        else:
            self.exit(return_code=1)
