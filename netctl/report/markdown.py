"""The page as Markdown: the same text and tables, pictures as lines of characters."""

from __future__ import annotations

import re
from collections.abc import Iterator

from netctl.report.page import Block, Page, Picture, Points, Table, Text
from netctl.report.sections.words import moment
from netctl.report.told import Evidence

_SPECIAL = re.compile(r"([\\`*\[\]#|~$]|(?<![^\W_])_|_(?![^\W_]))")
"""What begins something in the middle of a text; an underscore inside a word does not, nor a bracket behind no link."""
_FENCE = re.compile(r"`+")


def markdown_of(page: Page) -> str:
    """The document; nothing that a log says can become markup or HTML."""
    lines = [f"# {escaped(page.title)}", "", escaped(page.subtitle), "", f"**{escaped(page.verdict)}**", ""]
    lines += [f"- {escaped(line)}" for line in page.summary]
    for section in page.sections:
        lines += ["", f"## {escaped(section.title)}"]
        for part in section.parts:
            if part.title:
                lines += ["", f"### {escaped(part.title)}"]
            for block in part.blocks:
                lines += ["", *_block(block)]
    lines += ["", "---", "", escaped(page.footer)]
    return "\n".join(lines) + "\n"


def escaped(text: str) -> str:
    """A text as it is, whatever it holds: no emphasis, no link, no HTML."""
    plain = " ".join(text.split())
    plain = _SPECIAL.sub(r"\\\1", plain).replace("&", "&amp;")
    plain = re.sub(r"<(?=[A-Za-z/!?])", "&lt;", plain)
    # A number, a dash or a plus at the beginning would begin a list, a > a quotation.
    return re.sub(r"^(\d+)([.)])(\s)", r"\1\\\2\3", re.sub(r"^([-+])(\s)|^>", _begun, plain))


def _begun(hit: re.Match[str]) -> str:
    return f"\\{hit[0]}"


def code(text: str) -> str:
    """A text in a code span, with a fence longer than any in it."""
    plain = " ".join(text.split())
    fence = "`" * (max((len(run) for run in _FENCE.findall(plain)), default=0) + 1)
    pad = " " if plain.startswith("`") or plain.endswith("`") else ""
    return f"{fence}{pad}{plain}{pad}{fence}"


def _block(block: Block) -> Iterator[str]:
    match block:
        case Text():
            yield escaped(block.text)
        case Table():
            yield from _table(block)
        case Picture():
            yield f"*{escaped(block.caption)} The picture is in the HTML report.*"
            if block.lines:
                yield from ("", "```text", *(line.replace("```", "'''") for line in block.lines), "```")
        case Points():
            for point in block.points:
                yield f"- **{escaped(point.mark)}** {escaped(point.head)}"
                yield from (f"  - {escaped(fact)}" for fact in point.facts)
                yield from (f"  - {_proof(each)}" for each in point.proof)


def _table(table: Table) -> Iterator[str]:
    numbers = [cell.number for cell in table.rows[0]] if table.rows else [False] * len(table.headers)
    yield f"| {' | '.join(escaped(header) for header in table.headers)} |"
    yield f"|{'|'.join('---:' if number else '---' for number in numbers)}|"
    for row in table.rows:
        yield f"| {' | '.join(escaped(cell.text) for cell in row)} |"


def _proof(each: Evidence) -> str:
    where = [each.neuron or "", "" if each.time is None else moment(each.time)]
    where.append("" if each.block is None else f"block {each.block:,}")
    where.append("" if each.log is None else f"{each.log} at byte {each.offset:,}")
    said = code(each.line) if each.line else escaped(each.what) + (" (the line is gone)" if each.log else "")
    return f"{escaped(', '.join(filter(None, where)))}: {said}"
