#!/usr/bin/env python3
"""Draw docs/pictures/layers.svg from the imports in netctl/, and processes.svg: docs/architecture.md shows both.

Needs nothing but Python: `.venv/bin/python scripts/architecture.py`. A test holds the pictures to what this draws.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from textwrap import wrap
from xml.sax.saxutils import escape

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "netctl"
PICTURES = ROOT / "docs" / "pictures"

CLI, PORTS, ADAPTERS, REST = "cli", "ports", "adapters", "the rest"
STANDALONE = ("devchain", "rehearsal", "onnode")
CORE: dict[str, tuple[str, ...]] = {
    "what is wanted": (
        "profile",
        "newcomer",
        "packs",
        "pack_model",
        "resolve",
        "members",
        "fleet",
        "planted",
        "networks",
    ),
    "bringing it up": (
        "phases",
        "paying",
        "pricing",
        "render",
        "boot",
        "export",
        "ecosystem",
        "runbook",
        "reconcile",
        "rolling",
    ),
    "keeping it up": ("supervisor", "probes", "chaos", "capsules", "identity", "truth", "logs", "status"),
    "recording": ("sampling", "store", "signals", "runs", "metrics"),
    "judging, telling": (
        *(
            "judge",
            "agreement",
            "behaviour",
            "budget",
            "coverage",
            "compare",
            "report",
            "board",
            "live",
            "why",
            "doctor",
        ),
    ),
}
"""The packages, and some modules, by what they are for; every other one of the core is in a box of its own."""

_IMPORT = re.compile(
    r"^[ \t]*(?:from|import) (netctl\.[\w.]+)|^[ \t]*from netctl import \(?([\w\s,]+?)\)?$", re.MULTILINE
)

INK, FAINT, LINE = "#1f2933", "#52606d", "#7b8794"
TIP_SIZE = 'markerWidth="8" markerHeight="8" orient="auto"'
PAPER, BOX, INNER, STRONG = "#ffffff", "#f0f4f8", "#ffffff", "#d9e8f6"


class Picture:
    """An SVG put together piece by piece: boxes, texts and arrows at whole coordinates."""

    def __init__(self, width: int, height: int, title: str) -> None:
        tip = f'<path d="M0 0 8 4 0 8z" fill="{LINE}"/>'
        size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        self.parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="system-ui, sans-serif" role="img">',
            f"<title>{escape(title)}</title>",
            f'<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" {TIP_SIZE}>{tip}</marker></defs>',
            f'<rect width="{width}" height="{height}" fill="{PAPER}"/>',
        ]

    def box(self, x: int, y: int, width: int, height: int, fill: str = BOX, *, dashed: bool = False) -> None:
        dash = ' stroke-dasharray="5 4"' if dashed else ""
        self.parts.append(
            f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="6" fill="{fill}" stroke="{LINE}"{dash}/>'
        )

    def text(self, x: int, y: int, words: str, size: int = 13, *, bold: bool = False, middle: bool = False) -> None:
        style = (' font-weight="600"' if bold else "") + (' text-anchor="middle"' if middle else "")
        colour = INK if bold or size >= 13 else FAINT
        self.parts.append(f'<text x="{x}" y="{y}" font-size="{size}" fill="{colour}"{style}>{escape(words)}</text>')

    def lines(self, x: int, y: int, lines: Sequence[str], size: int = 12, *, middle: bool = False) -> None:
        for number, line in enumerate(lines):
            self.text(x, y + number * (size + 4), line, size, middle=middle)

    def arrow(self, *points: tuple[int, int], both: bool = False) -> None:
        path = " ".join(f"{x},{y}" for x, y in points)
        start = ' marker-start="url(#tip)"' if both else ""
        self.parts.append(
            f'<polyline points="{path}" fill="none" stroke="{LINE}" stroke-width="1.5" marker-end="url(#tip)"{start}/>'
        )

    def svg(self) -> str:
        return "\n".join([*self.parts, "</svg>"]) + "\n"


def trades() -> set[str]:
    """Every package and single module of netctl."""
    return {_trade(module) for module, _ in _modules()}


def imports() -> Counter[tuple[str, str]]:
    """How many modules of one layer import from another: (importing, imported) of CLI, ADAPTERS, PORTS and REST."""
    found: Counter[tuple[str, str]] = Counter()
    for module, path in _modules():
        names = _imported(path)
        found.update({(_layer(_trade(module)), _layer(name.split(".")[1])) for name in names if name.count(".")})
    return found


def _modules() -> Iterator[tuple[str, Path]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        if len(parts) > 2 or parts[-1] not in ("__init__", "__main__"):
            yield ".".join(parts), path


def _trade(module: str) -> str:
    return module.split(".")[1]


def _layer(trade: str) -> str:
    return trade if trade in (CLI, PORTS, ADAPTERS, *STANDALONE) else REST


def _imported(path: Path) -> set[str]:
    found = _IMPORT.findall(path.read_text(encoding="utf-8"))
    names = {f"netctl.{name}" for _, several in found for name in re.findall(r"\w+", several) if name[0] != "_"}
    return names | {module for module, _ in found if module}


def layers() -> str:
    """The layers, who may import whom, and what each trade is for."""
    there_are = trades()
    picture = Picture(1000, 640, "The layers of netctl: command line, core, ports, adapters; three stand alone")

    picture.box(20, 20, 720, 62, STRONG)
    picture.text(36, 45, "netctl.cli", 15, bold=True)
    picture.text(36, 67, "parses, calls and renders; cli/world.py makes the adapters and hands them to the core", 12)
    picture.box(20, 130, 720, 336, BOX)
    picture.text(36, 153, "the core: values and functions", 13, bold=True)
    named = {trade for group in CORE.values() for trade in group}
    rest = [t for t in sorted(there_are) if t not in named and _layer(t) == REST]
    x = 32
    for group, members in CORE.items():
        there = [trade for trade in members if trade in there_are]
        picture.box(x, 166, 134, 192, INNER)
        picture.text(x + 8, 184, group, 12, bold=True)
        picture.lines(x + 8, 203, there, 10)
        x += 141
    picture.box(32, 368, 698, 90, INNER)
    picture.text(40, 386, "values, the loop, looks at a fleet", 12, bold=True)
    picture.lines(40, 403, wrap(", ".join(rest), 128), 10)
    picture.box(20, 514, 340, 52, STRONG)
    picture.text(36, 535, "netctl.ports", 15, bold=True)
    picture.text(36, 555, "what the outside looks like, as Protocols", 12)
    picture.box(400, 514, 340, 106, STRONG)
    picture.text(416, 535, "netctl.adapters", 15, bold=True)
    picture.lines(
        416,
        555,
        [
            "they alone import bittensor, and call tmux:",
            "chain, keyfiles, tmux, processes, disk, docker",
        ],
    )
    picture.arrow((190, 82), (190, 130))
    picture.text(198, 110, "calls it", 12)
    picture.arrow((700, 82), (775, 82), (775, 560), (740, 560))
    picture.lines(782, 300, ["only cli", "makes", "them"], 12)
    picture.arrow((190, 466), (190, 514))
    picture.text(198, 494, "calls them", 12)
    picture.arrow((400, 540), (360, 540))
    picture.text(250, 588, "adapters fulfil them", 12)
    picture.arrow((560, 514), (560, 466))
    picture.text(568, 494, "values and errors", 12)
    picture.box(860, 130, 120, 336, BOX, dashed=True)
    picture.text(872, 153, "stand alone", 13, bold=True)
    picture.text(872, 185, "devchain", 13, bold=True)
    picture.lines(872, 203, ["the embedded", "chain, reached by", "its websocket"], 11)
    picture.text(872, 270, "rehearsal", 13, bold=True)
    picture.lines(872, 288, ["the stand-ins,", "started as any", "neurons are"], 11)
    picture.text(872, 355, "onnode", 13, bold=True)
    picture.lines(872, 373, ["copied whole to", "the nodes of", "a swarm"], 11)
    picture.lines(860, 490, ["They import nothing", "else of netctl, and", "nothing imports them."], 12)
    return picture.svg()


def processes() -> str:
    """Who talks to whom while a fleet runs, and where things are written."""
    picture = Picture(1000, 620, "Who talks to whom while a fleet runs, and where things are written")
    picture.box(20, 20, 150, 62, BOX)
    picture.text(95, 46, "you", 14, bold=True, middle=True)
    picture.text(95, 66, "terminal, browser", 12, middle=True)
    picture.box(270, 20, 270, 62, STRONG)
    picture.text(405, 46, "netctl, a command", 14, bold=True, middle=True)
    picture.text(405, 66, "ends when it is done", 12, middle=True)
    picture.box(770, 20, 210, 62, BOX)
    picture.text(875, 46, "keyfiles", 14, bold=True, middle=True)
    picture.text(875, 66, "wallet_path; a rehearsal's own", 12, middle=True)
    picture.arrow((170, 51), (270, 51))
    picture.arrow((540, 40), (770, 40))
    picture.text(560, 32, "makes keys, reads public halves,", 11)
    picture.text(560, 56, "opens a coldkey only to pay", 11)

    picture.box(100, 150, 510, 230, BOX)
    picture.text(116, 172, "tmux server of the fleet, on a socket of its own: a session for each", 13, bold=True)
    sessions = (("supervisor", "starts again what dies"), ("chain", "in a rehearsal"), ("proxy", "with chaos: true"))
    for number, (name, said) in enumerate(sessions):
        x = 112 + number * 166
        picture.box(x, 186, 154, 54, STRONG if name == "supervisor" else INNER, dashed=name != "supervisor")
        picture.text(x + 77, 208, name, 13, bold=True, middle=True)
        picture.text(x + 77, 226, said, 11, middle=True)
    for number, name in enumerate(("miner_1", "miner_2", "validator_1")):
        x = 112 + number * 166
        picture.box(x, 306, 154, 54, INNER)
        picture.text(x + 77, 328, name, 13, bold=True, middle=True)
        picture.text(x + 77, 346, "your subnet's program", 11, middle=True)
    picture.arrow((444, 346), (432, 346))
    picture.text(330, 296, "asks miners at their axons", 11)
    picture.arrow((405, 82), (405, 150))
    picture.text(413, 120, "starts, ends, asks", 12)
    picture.arrow((189, 240), (189, 306))
    picture.text(197, 276, "probes, ends, starts again", 11)

    picture.box(770, 200, 210, 84, BOX)
    picture.text(875, 226, "chain", 14, bold=True, middle=True)
    picture.lines(875, 246, ["public, a local node, or the", "rehearsal's session"], 12, middle=True)
    picture.arrow((540, 70), (860, 200))
    picture.text(790, 150, "reads; pays, with coldkeys", 12)
    picture.arrow((610, 228), (770, 228))
    picture.text(618, 220, "supervisor reads", 11)
    picture.arrow((610, 268), (770, 268))
    picture.lines(618, 284, ["neurons: axons,", "weights, with", "hotkeys"], 11)

    picture.box(20, 440, 960, 160, BOX)
    picture.text(36, 462, ".netctl/<fleet>/: the state directory", 13, bold=True)
    files = (
        ("files/ env/", ("what each neuron is", "started with; secrets", "stay here, 0600")),
        ("work/ logs/", ("each neuron's own", "directory; its output,", "rotated parts beside")),
        ("metrics.db", ("what logs, chain and", "processes have shown:", "for check, report, ...")),
        ("samples.json", ("the supervisor's last", "look at the fleet,", "which status shows")),
        ("journal.jsonl", ("an intent before each", "payment, its outcome", "after it")),
        ("runs/ capsules/", ("what ran, from up to", "down; how each neuron", "ended, for why")),
    )
    for number, (name, lines) in enumerate(files):
        x = 32 + number * 157
        picture.box(x, 476, 150, 112, INNER)
        picture.text(x + 75, 498, name, 13, bold=True, middle=True)
        picture.lines(x + 75, 520, lines, 11, middle=True)
    picture.arrow((270, 66), (60, 110), (60, 476))
    picture.text(68, 412, "renders", 12)
    picture.arrow((264, 380), (264, 476))
    picture.text(272, 412, "neurons write", 12)
    picture.arrow((380, 380), (380, 476))
    picture.text(388, 412, "supervisor writes", 12)
    picture.arrow((500, 380), (540, 476))
    picture.arrow((520, 82), (735, 130), (735, 476))
    picture.text(745, 412, "netctl: intent, outcome", 12)
    return picture.svg()


DRAWN = {"layers.svg": layers, "processes.svg": processes}

if __name__ == "__main__":
    for name, draw in DRAWN.items():
        (PICTURES / name).write_text(draw(), encoding="utf-8")
