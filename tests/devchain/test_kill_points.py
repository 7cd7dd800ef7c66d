"""The chain killed before every statement and file operation of what changes it: before or after, never between."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

CAMPAIGN = """
import asyncio, itertools, logging, os, shutil, signal, sqlite3, sys
from pathlib import Path
from netctl.devchain.archive import Archive
from netctl.devchain.reorganise import reorganise
from netctl.devchain.replay import replay
from tests.devchain.lab import ALICE, BOB, Signer, make_chain, transfer

what, place = sys.argv[1], Path(sys.argv[2])
base, work = place / "base", place / "work"
left, watched = [0], {"open", "os.rename", "os.remove", "sqlite3.connect"}

def strike(*_):
    left[0] -= 1
    if left[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)

def audit(event, args):
    if event in watched and str(args[0]).startswith(str(work)):
        strike()

def connect(*args, **how):
    made = genuine(*args, **how)
    made.set_trace_callback(strike)
    return made

genuine, sqlite3.connect = sqlite3.connect, connect

def opened(path):
    return make_chain(path, finality_lag=5)

def act(chain):
    archive = Archive(chain)
    match what:
        case "mine":
            chain.submit(raw)
            chain.seal_many(3)
        case "reorg":
            reorganise(chain, 3)
        case "snapshot":
            asyncio.run(archive.take("new"))
        case "revert":
            asyncio.run(archive.revert("old"))
        case "import":
            asyncio.run(archive.restore(place / "exported"))

def fingerprint(path):
    chain = opened(path)
    twin = make_chain()
    replay(chain.store, twin)
    assert dict(twin.world.state._values) == dict(chain.world.state._values)
    archive = Archive(chain)
    names = [each["name"] for each in archive.list()]
    found = chain.head_hash, chain.finalized, tuple(names)
    assert not [each for each in path.rglob("*") if ".half" in each.name or "incoming" in each.name], "left behind"
    for name in names:
        asyncio.run(archive.revert(name))
    chain.seal()
    chain.close()
    twin.close()
    return found

chain = opened(base)
Signer(chain, ALICE).run(*transfer(BOB, 5))
chain.seal_many(3)
asyncio.run(Archive(chain).take("old"))
asyncio.run(Archive(chain).export(place / "exported"))
chain.seal_many(8)
Signer(chain, ALICE).run(*transfer(BOB, 5))
raw = Signer(chain, ALICE).bytes(transfer(BOB, 6))
chain.close()

outcomes = []
sys.addaudithook(audit)
for point in itertools.chain([0], itertools.count(1)):
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(base, work)
    if point == -1:
        continue
    child = os.fork()
    if not child:
        chain = opened(work)
        left[0] = point
        act(chain)
        os._exit(0)
    code = os.waitpid(child, 0)[1]
    left[0] = 0
    outcomes.append(fingerprint(work))
    if code == 0 and point:
        break
    assert code in (0, signal.SIGKILL), code
after = outcomes[0]
shutil.rmtree(work)
shutil.copytree(base, work)
before = fingerprint(work)
assert before != after
assert set(outcomes) <= {before, after}, outcomes
print(len(outcomes) - 2, outcomes.count(before))
"""


@pytest.mark.slow
@pytest.mark.parametrize("what", ["mine", "reorg", "snapshot", "revert", "import"])
def test_killed_at_any_step_it_is_as_before_or_as_after(what: str, tmp_path: Path) -> None:
    command = [sys.executable, "-c", CAMPAIGN, what, str(tmp_path)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=110, check=False)
    assert ended.returncode == 0, ended.stderr[-2000:]
    points, before = map(int, ended.stdout.split())
    assert points >= 5
    assert before >= points // 2
