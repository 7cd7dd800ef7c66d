"""How the screen is laid out."""

from __future__ import annotations

CSS = """
#head { height: 1; padding: 0 1; text-style: bold; }
#trouble { height: auto; max-height: 3; padding: 0 1; color: $text-error; display: none; }
#table { height: auto; max-height: 55%; border-top: solid $primary; }
#table { scrollbar-size-vertical: 1; scrollbar-size-horizontal: 1; }
#table:nocolor > .datatable--cursor { text-style: reverse; }
#table:nocolor > .datatable--header { text-style: underline; }
#below { height: 1fr; min-height: 6; }
#about { border-top: solid $primary; padding: 0 1; scrollbar-size-vertical: 1; }
#log { border-top: solid $primary; padding: 0 1; background: $background; }
#log { scrollbar-size-vertical: 1; scrollbar-size-horizontal: 1; }
#about:focus, #log:focus, #table:focus { border-top: solid $accent; }
#about:focus, #log:focus, #table:focus { border-title-style: bold; }
#filter { display: none; dock: bottom; margin-bottom: 1; height: 1; }
.-narrow #below { layout: vertical; }
.-narrow #about { height: auto; max-height: 5; }
.-narrow #log { height: 1fr; }
.-wide #below { layout: horizontal; }
.-wide #about { width: 2fr; height: 100%; }
.-wide #log { width: 3fr; height: 100%; }
.-zoomed #table { display: none; }
.-narrow.-zoomed #about { max-height: 40%; }
Help { align: center middle; }
#help { scrollbar-size-vertical: 1; width: 80; max-width: 100%; height: auto; max-height: 100%; }
#help { border: solid $primary; padding: 0 1; background: $surface; }
"""
