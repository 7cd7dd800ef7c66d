"""The table of neurons: what has changed is drawn anew, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.widgets import DataTable

from netctl.cli.status_report import STYLES
from netctl.live.columns import GAP, Column, Shown, cell
from netctl.live.rows import Row

Drawn = tuple[str, str]
"""A cell's text and style."""


def style_of(column: str, row: Row) -> str:
    """How a cell is drawn; what it says is said by its text too."""
    status = row.status
    match column:
        case "name":
            return "bold"
        case "state":
            return "red" if status.problem is not None else STYLES.get(status.state, "red")
        case "ready":
            return "" if status.ready else "yellow"
        case "problem":
            return "red" if status.problem is not None else "dim"
        case "restarts":
            return "yellow" if status.restarts else ""
        case "trend":
            return "cyan"
        case _:
            return ""


class NeuronTable(DataTable[Text]):
    """Rows are known by neurons' names, columns by theirs. `chosen` is the name under the cursor.

    `cells_drawn` counts the cells that were given a text, so that it can be told that others were left alone.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("home", "scroll_top", show=False),
        Binding("end", "scroll_bottom", show=False),
    ]

    def __init__(self) -> None:
        super().__init__(cursor_type="row", cell_padding=0, id="table", zebra_stripes=False)
        self.chosen: str | None = None
        self.cells_drawn = 0
        self._titles: tuple[tuple[str, str, int], ...] = ()
        self._drawn: dict[tuple[str, str], Drawn] = {}
        self._order: tuple[str, ...] = ()

    def draw(self, rows: Sequence[Row], columns: Sequence[Column], shown: Shown, arrow: Mapping[str, str]) -> None:
        """Show these rows in this order; `arrow` is what stands behind a column's title."""
        with self.prevent(DataTable.RowHighlighted):
            titles = tuple(
                (column.name, _title(column, arrow.get(column.name, "")), column.width) for column in columns
            )
            texts = {
                (row.name, column.name): (cell(column, row, shown), style_of(column.name, row))
                for row in rows
                for column in columns
            }
            order = tuple(row.name for row in rows)
            if [each[::2] for each in titles] != [each[::2] for each in self._titles]:
                self._begin(titles)
            retitled = titles != self._titles
            if retitled:
                self._retitle(titles)
            if set(order) != set(self._order):
                self._fill(order, columns, texts)
            else:
                self._change(texts)
                if order != self._order or retitled:
                    place = {name: at for at, name in enumerate(order)}
                    self.sort("name", key=lambda name: place[name.plain.rstrip()])
            if order != self._order:
                self._order = order
                self._keep_chosen()

    def _begin(self, titles: tuple[tuple[str, str, int], ...]) -> None:
        self.clear(columns=True)
        for name, title, width in titles:
            self.add_column(Text(title), key=name, width=width + GAP)
        self._titles, self._order = titles, ()

    def _retitle(self, titles: tuple[tuple[str, str, int], ...]) -> None:
        """Other words above the same columns; a sort draws them."""
        for key, (_, title, _) in zip(list(self.columns), titles, strict=True):
            self.columns[key].label = Text(title)
        self._titles = titles

    def _fill(self, order: Sequence[str], columns: Sequence[Column], texts: Mapping[tuple[str, str], Drawn]) -> None:
        self.clear()
        for name in order:
            self.add_row(*(Text(*texts[name, column.name]) for column in columns), key=name)
        self._drawn = dict(texts)
        self.cells_drawn += len(texts)

    def _change(self, texts: Mapping[tuple[str, str], Drawn]) -> None:
        changed = {key: drawn for key, drawn in texts.items() if self._drawn.get(key) != drawn}
        for (name, column), drawn in changed.items():
            self.update_cell(name, column, Text(*drawn))
        self._drawn.update(changed)
        self.cells_drawn += len(changed)

    def _keep_chosen(self) -> None:
        """The cursor stays on its neuron wherever that goes; where it is no more, on the row that it was on."""
        if not self._order:
            return
        if self.chosen not in self._order:
            self.chosen = self._order[min(self.cursor_row, len(self._order) - 1)]
        self.move_cursor(row=self._order.index(self.chosen), animate=False, scroll=False)

    def show_chosen(self) -> None:
        """Scroll to where the cursor is."""
        if self._order:
            self.move_cursor(row=self.cursor_row, animate=False, scroll=True)

    def action_select_cursor(self) -> None:
        """Enter is the screen's."""
        self.app.run_worker(self.app.run_action("zoom"))


def _title(column: Column, arrow: str) -> str:
    return column.title.rjust(column.width) + arrow if column.is_number else column.title + arrow
