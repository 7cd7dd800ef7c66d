"""docs/keys.md tells how to open a backup without netctl; that program is run as it stands there."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import tarfile
from pathlib import Path

from netctl.adapters import key_shelf, sealing
from netctl.adapters.keystore import SdkKeystore
from netctl.backup import packed

PAPER = Path(__file__).parents[2] / "docs" / "keys.md"


def test_the_program_in_the_paper_opens_a_backup(tmp_path: Path) -> None:
    SdkKeystore(tmp_path / "wallets").create_hotkey("alpha", "one")
    key = key_shelf.kept_key(tmp_path / "wallets", "alpha", "one")
    key_shelf.write_new(tmp_path / "backup", sealing.sealed(packed([key]), "correct horse battery"))
    (program,) = re.findall(r"```python\n(# open_backup.py.*?)```", PAPER.read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "open_backup.py").write_text(program)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "open_backup.py", "backup"],
        cwd=tmp_path,
        input=b"correct horse battery\n",
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        assert archive.getnames() == ["alpha/hotkeys/one", "alpha/hotkeys/onepub.txt"]
        stream = archive.extractfile("alpha/hotkeys/one")
        assert stream is not None
        assert stream.read() == (tmp_path / "wallets/alpha/hotkeys/one").read_bytes()
