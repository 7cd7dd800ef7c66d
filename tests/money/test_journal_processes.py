"""Several writers of one journal at once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from netctl.adapters.clock import SystemClock
from netctl.journal import FileJournal


def test_several_processes_append_without_mixing_their_lines(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from netctl.journal import FileJournal\n"
        "from netctl.adapters.clock import SystemClock\n"
        "journal = FileJournal(Path(sys.argv[1]), clock=SystemClock())\n"
        "for i in range(50): journal.append('note', writer=sys.argv[2], i=i, padding='x' * 3000)\n"
    )
    path = tmp_path / "journal.jsonl"
    running = [subprocess.Popen([sys.executable, "-c", program, str(path), name]) for name in "abc"]
    assert [process.wait(timeout=30) for process in running] == [0, 0, 0]
    journal = FileJournal(path, clock=SystemClock())
    entries = journal.entries()
    assert journal.torn == 0
    assert sorted((entry["writer"], entry["i"]) for entry in entries) == [(w, i) for w in "abc" for i in range(50)]
