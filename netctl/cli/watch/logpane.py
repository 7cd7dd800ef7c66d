"""The selected neuron's log: both streams or one, followed or held, never read as markup or as orders to a terminal."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from rich.text import Text
from textual.events import Resize
from textual.widgets import RichLog

from netctl.cli.log_lines import harmless
from netctl.cli.watch.tail import KEPT, Taken
from netctl.logs import LEVELS, LogLine

TAB = 4
LONGEST = 4000
"""Signs of a line that are shown."""

NOTE = "dim italic"


class LogPane(RichLog):
    """The last lines are kept beside what is drawn of them: another width draws them anew."""

    def __init__(self) -> None:
        super().__init__(id="log", max_lines=KEPT * 4, wrap=True, markup=False, highlight=False, min_width=1)
        self._texts: deque[Text] = deque(maxlen=KEPT)
        self._drawn_for = 0

    def begin(self) -> None:
        """Another log from here on."""
        self._texts.clear()
        self.clear()
        self.scroll_end(animate=False)

    def add(self, taken: Taken) -> None:
        """More of it."""
        if taken.passed:
            self._put([Text(f"{taken.passed} lines more than can be shown: netctl logs has them", NOTE)])
        self._put(text_of(line) for line in taken.lines)
        if taken.problem is not None:
            self._put([Text(harmless(taken.problem), "red")])

    def _put(self, texts: Iterable[Text]) -> None:
        for text in texts:
            self._texts.append(text)
            self.write(text, self._width_of(text), scroll_end=None if self.auto_scroll else False)

    def _width_of(self, text: Text) -> int | None:
        """What it is drawn in; left to itself it is no wider than the whole screen was at first."""
        width = self.scrollable_content_region.width
        if not width:
            return None
        return width if self.wrap else max(width, text.cell_len)

    @property
    def holds(self) -> bool:
        """Whether what comes is added without scrolling to it."""
        return not self.auto_scroll

    def hold(self, *, held: bool) -> None:
        """Stay where it is, or go to the end and on with it."""
        self.auto_scroll = not held
        if not held:
            self.scroll_end(animate=False)

    def turn_wrap(self) -> None:
        """Long lines in several rows, or cut at the edge."""
        self.wrap = not self.wrap
        self._again()

    def on_resize(self, event: Resize) -> None:
        if event.size.width != self._drawn_for:
            self._drawn_for = event.size.width
            self.call_after_refresh(self._again)

    def _again(self) -> None:
        self.clear()
        for text in self._texts:
            self.write(text, self._width_of(text), scroll_end=False)
        if self.auto_scroll:
            self.scroll_end(animate=False)


def text_of(line: LogLine) -> Text:
    """A line without colours of its own; errors and warnings have ours, standard error has a mark before it."""
    loudness = LEVELS.get(line.level or "", 0)
    style = "red" if loudness >= LEVELS["ERROR"] else "yellow" if loudness >= LEVELS["WARNING"] else ""
    plain = harmless(line.plain.expandtabs(TAB))
    text = Text(plain if len(plain) <= LONGEST else f"{plain[:LONGEST]}…", style, no_wrap=False)
    return Text.assemble(("err ", "magenta"), text) if line.stream == "stderr" else text
