"""The page as HTML and as Markdown: whatever a text holds it stays text."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from netctl.report.html import html_of
from netctl.report.markdown import code, escaped, markdown_of
from netctl.report.page import Cell, Page, Part, Picture, Point, Points, Section, Table, Text
from netctl.report.told import Evidence

pytestmark = pytest.mark.fast

EVIL = '<script>alert("1")</script><img src=x onerror=alert(2)> [a](javascript:alert(3)) `x` | **b** &lt;'
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><title>t</title></svg>'


def page(text: str) -> Page:
    """A page with that text wherever one can be."""
    proof = Evidence(text, text, 1e9, 12, text, 345, text), Evidence(text, text)
    blocks = (
        Text(text, "good"),
        Table((text, "n"), ((Cell(text), Cell(text, "bad", number=True)),)),
        Picture(SVG, text, (text,)),
        Points((Point(text, "bad", text, (text,), proof),)),
    )
    return Page(text, text, text, "bad", (text,), (Section(text, (Part(text, blocks),), own_page=True),), text)


class Seen(HTMLParser):
    """The elements and attributes of a document, and its text."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text: list[str] = []
        self.feed(document)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_no_text_becomes_an_element_of_the_html() -> None:
    plain, evil = Seen(html_of(page("quiet"))), Seen(html_of(page(EVIL)))
    assert evil.tags == plain.tags
    assert [name for name, _ in evil.attributes] == [name for name, _ in plain.attributes]
    assert "script" not in evil.tags
    assert not [name for name, _ in evil.attributes if name.startswith("on")]
    assert sum(EVIL in text for text in evil.text) > 10


def test_the_html_needs_nothing_but_itself() -> None:
    document = html_of(page("quiet"))
    seen = Seen(document)
    links = [value or "" for name, value in seen.attributes if name in {"href", "src", "srcset", "action", "data"}]
    assert links
    assert all(link.startswith("#s") for link in links)
    assert not {"script", "link", "iframe", "img", "object", "embed"} & set(seen.tags)
    assert "url(" not in document
    assert "@import" not in document
    assert "default-src 'none'" in document


def test_no_text_becomes_markup_of_the_markdown() -> None:
    def kinds(text: str) -> list[str]:
        tokens = MarkdownIt("commonmark").enable("table").parse(markdown_of(page(text)))
        return [each.type for token in tokens for each in (token, *(token.children or ())) if each.type != "text"]

    assert kinds(EVIL) == kinds("quiet")
    assert not {"html_block", "html_inline", "link_open", "image"} & set(kinds(EVIL))


@pytest.mark.parametrize(
    "text",
    [
        *("- a", "1. a", "1) a", "+ a", "# a", "> a", "a\nb", "``a`", "`", "a `b` ``c``", "<b>", "a*b*"),
        *("_a_", "a_b_ c", "__a__", "![a](b)", "[a]: b", "api_success: >= 90 % (of 4)"),
    ],
)
def test_markdown_gives_back_the_text_itself(text: str) -> None:
    plain = " ".join(text.split())
    tokens = MarkdownIt("commonmark").parse(escaped(text))
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    assert "".join(each.content for each in tokens[1].children or ()) == plain
    (span,) = MarkdownIt("commonmark").parseInline(code(text))[0].children or ()
    assert (span.type, span.content) == ("code_inline", plain)


def test_evidence_has_its_line_place_and_block() -> None:
    proof = Evidence("api_result", "validator_1", 1_764_000_000.0, 1234, "logs/validator_1.log", 56_789, "the line")
    made = Page(
        "t", "s", "v", "", (), (Section("s", (Part("", (Points((Point("h", "bad", "no", (), (proof,)),)),)),)),), "f"
    )
    for document in (html_of(made), markdown_of(made)):
        for told in ("validator", "2025-11-24 16:00:00 UTC", "block 1,234", "at byte 56,789", "the line"):
            assert told in document


def test_what_needs_no_escape_has_none() -> None:
    assert escaped("api_success: 97 % >= 90 % (of 4)!") == "api_success: 97 % >= 90 % (of 4)!"
