"""The pictures of terminals: text, colours and width kept, nothing loaded from elsewhere, no path of a machine."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree as ET

import pytest

pytestmark = pytest.mark.fast

ROOT = Path(__file__).parents[2]
PICTURES = sorted((ROOT / "docs" / "pictures").glob("terminal-*.svg"))


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("terminal_svg", ROOT / "scripts" / "terminal_svg.py")
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules["terminal_svg"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _texts(drawn: str) -> list[tuple[str, str]]:
    """Each run of text with its class."""
    found = ET.fromstring(drawn).iter("{http://www.w3.org/2000/svg}text")
    return [((each.text or "").replace("\xa0", " "), each.get("class", "")) for each in found]


def test_what_a_terminal_shows_is_drawn_with_its_colours(script: ModuleType) -> None:
    drawn = script.svg_of("$ netctl\n\x1b[1;31mfailed\x1b[0m <&> ▁█", 30, "one", "netctl")
    texts = dict(_texts(drawn))
    assert {"failed", "netctl"} <= set(texts)
    assert any("<&> ▁█" in text for text in texts)
    rule = re.search(rf"\.{texts['failed']} {{([^}}]*)}}", drawn)
    assert rule is not None
    assert "#e06c75" in rule[1]
    assert "bold" in rule[1]
    assert "<circle" not in drawn


def test_screens_play_one_after_the_other_and_the_last_is_what_stands_still(script: ModuleType) -> None:
    drawn = script.film_of([(0.0, "$ netctl"), (1.0, "$ netctl\none"), (9.0, "$ netctl\none\ntwo")], 30, "up", "up")
    root = ET.fromstring(drawn)
    frames = [each for each in root if each.get("class", "").startswith("up-frame ")]
    assert [("one" in "".join(f.itertext()), "two" in "".join(f.itertext())) for f in frames] == [
        (False, False),
        (True, False),
        (True, True),
    ]
    assert len({view for f in frames for each in f if (view := each.get("viewBox"))}) == 1
    assert ".up-frame { opacity: 0 } .up-frame2 { opacity: 1 }" in drawn
    assert "@keyframes up1 { 0%, 12.50% { opacity: 0 } 12.51%, 37.50% { opacity: 1 }" in drawn


@pytest.mark.parametrize("picture", PICTURES, ids=lambda path: path.stem)
def test_a_picture_is_small_and_of_no_machine(picture: Path, script: ModuleType) -> None:
    drawn = picture.read_text(encoding="utf-8")
    assert len(drawn) < script.LARGEST_BYTES
    assert set(re.findall(r"https?://[^\"'\s<]+", drawn)) == {"http://www.w3.org/2000/svg"}
    said = "\n".join(text for text, _ in _texts(drawn))
    assert re.findall(r"/(?:tmp|home|root|work|Users)/\S*", said) == []


def test_every_picture_is_shown_somewhere() -> None:
    papers = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    text = "\n".join(path.read_text(encoding="utf-8") for path in papers)
    pictures = {path.name for path in (ROOT / "docs" / "pictures").iterdir()}
    assert {name for name in pictures if f"pictures/{name}" not in text} == set()
