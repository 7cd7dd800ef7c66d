"""Which command a session says it was stopped by, where that command does not start it again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from netctl.errors import SessionError
from netctl.fleet import Fleet, Rolling
from netctl.ports import STOPPED, Host, SessionSpec
from tests.cli.program import SMALL, call
from tests.sessions.test_rolling import Roll, roll  # noqa: F401 - the fixture


class Unable:
    """A host whose tmux starts nothing any more."""

    def __init__(self, host: Host) -> None:
        self.host = host

    def __getattr__(self, name: str) -> Any:
        return getattr(self.host, name)

    def launch(self, specs: Sequence[SessionSpec]) -> None:
        raise SessionError(f"tmux did not start {', '.join(spec.name for spec in specs)}")


@pytest.mark.slow
async def test_who_is_ended_and_cannot_be_started_again_was_stopped_by_the_command_that_did_it(roll: Roll) -> None:  # noqa: F811
    assert (await roll.up()).ok
    host = roll.world.host
    roll.world = replace(roll.world, host=cast("Host", Unable(host)))
    anew = Rolling(anew=frozenset(("miner_1",)), by="netctl fleet restart")
    await roll.up(replace(roll.fleet, rolling=anew), neurons=("miner_1",))
    await roll.up(roll.with_env("miner_2", WAIT="6"), neurons=("miner_2",))
    assert {name: found.labels.get(STOPPED) for name, found in host.sessions().items()} == {
        "miner_1": "netctl fleet restart",
        "miner_2": "netctl fleet up",
        "miner_3": None,
        "miner_4": None,
        "validator_1": None,
    }


@pytest.mark.parametrize("verb", ["restart", "up"])
def test_each_command_stops_in_its_own_name(
    verb: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def carry_out(fleet: Fleet, _: object) -> int:
        meant.append(fleet.rolling.by)
        return 0

    meant: list[str] = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("netctl.cli.bring_up.carry_out", carry_out)
    Path("small.yaml").write_text(SMALL)
    assert call(capsys, "fleet", verb, "-p", "small.yaml", "--yes").code == 0
    assert meant == [f"netctl fleet {verb}"]
