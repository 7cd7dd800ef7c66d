"""What `netctl chaos` refuses by its words alone, and whom it asks before it acts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from netctl.cli import chaos_orders, questions
from netctl.errors import PolicyError
from netctl.fleet import Network, NetworkKind
from tests.cli.program import SMALL, call
from tests.files.conftest import a_fleet

pytestmark = pytest.mark.fast


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "small.yaml").write_text(SMALL)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("stop", "miner_1", "--for", "forever"), "every disturbance has an end"),
        (("stop", "miner_1", "--for", "25h"), "from 100ms to 24h"),
        (("drop-axon", "miner_1", "--for", "0s"), "from 100ms to 24h"),
        (("cut-rpc", "miner_1", "--for", "5"), "--for: '5' is not a duration"),
        (("slow-rpc", "miner_1", "--delay", "much"), "--delay: 'much' is not a duration"),
        (("kill", "miner_1", "--signal", "STOP"), "netctl chaos stop does that"),
        (("kill", "miner_1", "--signal", "NONE"), "one of KILL, TERM"),
        (("kill", "miner_9"), "has no neuron miner_9"),
        (("kill", "miner_1"), "miner_1 does not run"),
        (("cont", "miner_1"), "miner_1 does not run"),
        (("undo",), "whose disturbances?"),
        (("stop",), "Missing argument"),
    ],
)
def test_what_cannot_be_done_is_refused(capsys: pytest.CaptureFixture[str], words: tuple[str, ...], told: str) -> None:
    ended = call(capsys, "chaos", *words, "-p", "small.yaml")
    assert (ended.code, ended.out) == (2, "")
    assert told in ended.err
    assert len(ended.err.splitlines()) == 2


def test_where_nothing_holds_there_is_nothing_to_undo(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(capsys, "chaos", "undo", "--all", "-p", "small.yaml").code == 0
    listed = call(capsys, "chaos", "list", "--json", "-p", "small.yaml")
    assert listed.document == {"fleet": "small", "disturbances": []}
    assert not Path(".netctl").exists()


def _asked(kind: NetworkKind, tmp_path: Path, *, yes: bool) -> None:
    fleet = replace(a_fleet(tmp_path), network=Network(kind, "ws://127.0.0.1:9"))
    chaos_orders._ask(fleet, "stop miner_1", yes=yes)


def test_ones_own_chain_is_disturbed_unasked_and_a_public_one_with_a_yes(tmp_path: Path) -> None:
    for kind in ("rehearsal", "local"):
        _asked(kind, tmp_path, yes=False)  # type: ignore[arg-type]
    for kind in ("test", "custom"):
        _asked(kind, tmp_path, yes=True)  # type: ignore[arg-type]
        with pytest.raises(PolicyError, match="nobody can be asked"):
            _asked(kind, tmp_path, yes=False)  # type: ignore[arg-type]


def test_on_finney_only_its_typed_name_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(PolicyError, match="nobody can be asked to type"):
        _asked("finney", tmp_path, yes=True)
    monkeypatch.setattr(questions, "can_ask", lambda: True)
    monkeypatch.setattr(questions, "ask", lambda _: "yes")
    with pytest.raises(PolicyError, match="not confirmed"):
        _asked("finney", tmp_path, yes=True)
    monkeypatch.setattr(questions, "ask", lambda _: "finney")
    _asked("finney", tmp_path, yes=False)
