"""Questions on a real terminal: the first Ctrl-C ends them, in two lines and without a traceback."""

from __future__ import annotations

from pathlib import Path

from netctl.adapters.keystore import SdkKeystore
from tests.cli.terminal import on_a_terminal

PROFILE = """\
name: small
network: ws://203.0.113.1:9944
netuid: 428
wallet_path: wallets
neurons: {pack: rehearsal}
miners:
  - {name: miner_1, wallet: w1, hotkey: h1}
  - {name: miner_2, wallet: w2, hotkey: h2}
"""
PROMPT = "Password for the new coldkey w1:"


def test_one_ctrl_c_at_a_password_ends_the_command_and_leaves_no_key(tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(PROFILE)
    ended = on_a_terminal("wallet", "create", "-p", "small.yaml", answers=[(PROMPT, "\x03")], cwd=tmp_path)
    screen = ended.out
    assert ended.code == 130
    assert "error: interrupted" in screen
    assert "Traceback" not in screen
    assert "never retrieved" not in screen
    assert "new coldkey w2" not in screen
    assert SdkKeystore(tmp_path / "wallets").coldkey_ss58("w1") is None
