"""Questions on a real terminal: the first Ctrl-C ends them, in two lines and without a traceback."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path

from netctl.adapters.keystore import SdkKeystore

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
OWN_TERMINAL = """
import fcntl, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from netctl.cli import main
raise SystemExit(main(sys.argv[1:]))
"""
PROMPT = b"Password for the new coldkey w1:"


def _answered(here: Path, *argv: str, at: bytes, keys: bytes) -> tuple[int, str]:
    """netctl on a terminal of its own, on which these keys are pressed when it has asked."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", OWN_TERMINAL, *argv],
        cwd=here,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
    )
    os.close(slave)
    seen, pressed, deadline = b"", False, time.monotonic() + 30
    while time.monotonic() < deadline:
        if not select.select([master], [], [], 0.1)[0]:
            continue
        try:
            seen += os.read(master, 65_536)
        except OSError:
            break
        if at in seen and not pressed:
            pressed = True
            os.write(master, keys)
    else:
        process.kill()
    os.close(master)
    return process.wait(30), seen.decode(errors="replace")


def test_one_ctrl_c_at_a_password_ends_the_command_and_leaves_no_key(tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(PROFILE)
    code, screen = _answered(tmp_path, "wallet", "create", "-p", "small.yaml", at=PROMPT, keys=b"\x03")
    assert code == 130
    assert "error: interrupted" in screen
    assert "Traceback" not in screen
    assert "never retrieved" not in screen
    assert "new coldkey w2" not in screen
    assert SdkKeystore(tmp_path / "wallets").coldkey_ss58("w1") is None
