"""What a stand-in says of a hotkey that it cannot load, and how `netctl why` tells it."""

from __future__ import annotations

import logging
import re
from pathlib import Path

import bittensor as bt
import pytest

from netctl import packs
from netctl.rehearsal.lifecycle import Refused
from netctl.rehearsal.startup import load_hotkey

CAUSE = next(c for c in packs.load("rehearsal", Path.cwd()).spec.causes if c.name == "hotkey_unusable")


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (None, "does not exist"),
        (b"", "failed to parse keyfile data"),
        (b"\xff\xfe", "not utf-8 text"),
        (b"{}", "no secretPhrase, secretSeed, privateKey"),
        (b'{"secretSeed": "0x12"}', "invalid seed"),
    ],
)
def test_a_hotkey_that_cannot_be_loaded_is_a_cause_in_plain_words(
    content: bytes | None, what: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    hotkeys = tmp_path / "wallet" / "hotkeys"
    hotkeys.mkdir(parents=True)
    if content is not None:
        (hotkeys / "hot").write_bytes(content)
    with caplog.at_level(logging.ERROR, "rehearsal"), pytest.raises(Refused):
        load_hotkey(bt.Wallet("wallet", "hot", str(tmp_path)))
    found = re.search(CAUSE.match, caplog.text)
    assert found is not None
    assert what in found["what"]
