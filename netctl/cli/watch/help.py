"""What the keys do and the columns mean, over the screen."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

TEXT = """\
Keys
  up, down, PgUp, PgDn   select a neuron
  Home, End              the first, the last
  /                      show only neurons whose name, role, state, uid,
                         hotkey or problem has each of these words
  p                      show only neurons with a problem
  s, r                   sort by the next column, or the other way round;
                         a click on a title does both
  t                      what the column trend draws: score, incentive,
                         cpu, memory
  Enter, z               make details and log large, and small again
  Tab                    go to the details, to the log, and back
  o                      log: both streams, standard output, standard error
  f                      log: stay where you are, or follow
  w                      log: wrap long lines, or cut them
  Esc                    end the filter, leave what is large
  q, Ctrl-C              leave; the fleet runs on

Columns
  ok       whether its probes say that it works
  score    the mean of each validator's last verdict
  incent   its share of the subnet's incentive, 0 to 1
  alpha    what it earned in an epoch
  cpu      of one core; mem of all its processes
  rst      how often it was started again
  eval     since a validator last judged it; of a validator, since it
           last judged
  trend    from nothing at the bottom to its own highest on top, over
           what was sampled, a day at most

Nothing here changes the fleet. Score, cpu, mem, eval and trend are from
metrics.db, which the supervisor writes.
"""


class Help(ModalScreen[None]):
    """Closed by any of the keys that close things."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,f1,enter", "dismiss_help", "Close", show=False)
    ]

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="help"):
            yield Static(TEXT, markup=False)

    def action_dismiss_help(self) -> None:
        """Back to the table."""
        self.dismiss()
