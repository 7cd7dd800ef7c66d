"""The status report is a pure function of what was observed; this table of cases is its definition."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jsonschema
import pytest

from netctl.chaos.disturbance import Disturbance
from netctl.errors import WalletError
from netctl.fleet import Network, Supervision
from netctl.identity.clashes import Clash
from netctl.observation import Observation
from netctl.observing import observe
from netctl.ports import Account, KeyFacts, Metagraph, MetagraphRow, SessionFacts
from netctl.probes.model import Health
from netctl.status import NeuronStatus, report_of
from netctl.truth.drift import Drift
from tests.cli.fleet_values import FLEET
from tests.cli.schemas import STATUS

pytestmark = pytest.mark.fast

ROW = MetagraphRow(
    uid=0,
    hotkey="5Hot",
    coldkey="5Cold",
    stake_rao=0,
    validator_permit=False,
    active=True,
    axon="127.0.0.1:8093",
    last_update=1,
    incentive=0.0,
    dividends=0.0,
    emission_rao=0,
    consensus=0.0,
)
SESSION = SessionFacts(
    name="miner_3",
    spec_hash="x",
    pid=4242,
    started_at=1_000.0,
    exit_code=None,
    exit_signal=None,
    restarts=0,
    labels={},
)
SUPERVISOR = replace(SESSION, name="supervisor", pid=4240)
GOOD = Observation(
    at=1_061.2,
    asked_at=1_061.2,
    netuid=428,
    block=812,
    metagraph=Metagraph(netuid=428, block=812, rows=(ROW,)),
    accounts={"5Cold": Account(free_rao=4_997_300_000, nonce=1, next_nonce=1)},
    keys={"miner_3": KeyFacts("5Cold", "5Hot", has_coldkey_secret=True, coldkey_encrypted=False)},
    sessions={"miner_3": SESSION, "supervisor": SUPERVISOR},
    ready={"miner_3": Health(True)},
)


def _status(**changes: Any) -> NeuronStatus:
    (status,) = report_of(FLEET, replace(GOOD, **changes)).neurons
    return status


def _session(**changes: Any) -> dict[str, SessionFacts]:
    return {"miner_3": replace(SESSION, **changes)}


def test_a_healthy_fleet_gives_the_document_of_the_contract() -> None:
    document = report_of(FLEET, GOOD).document(below=Path("/here"))
    jsonschema.validate(document, STATUS)
    assert document == {
        "fleet": "day2-rehearsal",
        "rehearsal": True,
        "network": "ws://127.0.0.1:9944",
        "netuid": 428,
        "block": 812,
        "observed_at": "1970-01-01T00:17:41Z",
        "sampled_at": None,
        "sample_age_s": None,
        "ok": True,
        "supervisor": {"state": "running", "pid": 4240, "uptime_s": 61.2, "problem": None},
        "neurons": [
            {
                "name": "miner_3",
                "role": "miner",
                "wallet": "testnet_miner_3",
                "hotkey": "hotkey_3",
                "coldkey_ss58": "5Cold",
                "hotkey_ss58": "5Hot",
                "uid": 0,
                "expected_uid": None,
                "registered": True,
                "deregistered": False,
                "balance_tao": "4.997300000",
                "stake_tao": "0.000000000",
                "validator_permit": False,
                "unheard": None,
                "state": "running",
                "ready": True,
                "failing": [],
                "pid": 4242,
                "uptime_s": 61.2,
                "restarts": 0,
                "exit_code": None,
                "exit_signal": None,
                "axon": "127.0.0.1:8093",
                "log": ".netctl/day2-rehearsal/logs/miner_3.log",
                "problem": None,
                "clashes": [],
                "drift": [],
                "chaos": [],
                "node": None,
            }
        ],
    }


def test_a_sample_is_as_old_as_it_is_and_says_so() -> None:
    report = report_of(FLEET, GOOD, now=1_064.5)
    assert report.sample_age_s == 3.3
    document = report.document(below=Path("/here"))
    assert (document["observed_at"], document["sampled_at"]) == ("1970-01-01T00:17:44Z", "1970-01-01T00:17:41Z")
    assert report.neurons[0].uptime_s == 64.5


@pytest.mark.parametrize(
    ("session", "state", "problem"),
    [
        ({"exit_code": 7, "ended_at": 1_061.0}, "backoff", "exited with 7; starts again in 2"),
        ({"exit_signal": 9, "ended_at": 1_061.0}, "backoff", "killed by SIGKILL; starts again in 2"),
        (
            {"exit_code": 0, "ended_at": 1_061.0},
            "exited",
            "exited with 0; it ended by itself without an error, and its restart policy is on-failure",
        ),
        (
            {"exit_code": 7, "ended_at": 1_061.0, "labels": {"deaths": ",".join(str(1_050 + n) for n in range(10))}},
            "exited",
            "exited with 7; given up: it died 11 times within 15m",
        ),
        (
            {"exit_signal": 15, "ended_at": 1_061.0, "labels": {"stopped": "netctl fleet down"}},
            "stopped",
            "stopped by netctl fleet down; netctl fleet up starts it",
        ),
        (
            {"exit_signal": 15, "ended_at": 1_061.0, "labels": {"fault": "no line in its log for 5m"}},
            "backoff",
            "ended by the supervisor: no line in its log for 5m; starts again in 2",
        ),
    ],
)
def test_with_a_supervisor_it_is_told_what_follows_a_death(session: dict[str, Any], state: str, problem: str) -> None:
    dead = replace(SESSION, pid=None, started_at=None, **session)
    status = _status(sessions={"miner_3": dead, "supervisor": SUPERVISOR})
    assert status.state == state
    assert status.problem is not None
    assert status.problem.startswith(problem)


@pytest.mark.parametrize(
    ("supervisor", "state", "problem"),
    [
        (None, "missing", "there is no supervisor: netctl fleet up starts one"),
        (
            {"pid": None, "exit_signal": 9},
            "dead",
            "the supervisor is dead, killed by SIGKILL: netctl fleet up starts it",
        ),
        ({"pid": None}, "starting", None),
    ],
)
def test_a_fleet_that_runs_without_its_supervisor_is_not_well(
    supervisor: dict[str, Any] | None, state: str, problem: str | None
) -> None:
    found = {} if supervisor is None else {"supervisor": replace(SUPERVISOR, **supervisor)}
    report = report_of(FLEET, replace(GOOD, sessions={"miner_3": SESSION, **found}))
    assert (report.supervisor.state, report.supervisor.problem, report.ok) == (state, problem, problem is None)


def test_a_neuron_that_waits_for_another_process_to_go_says_for_which() -> None:
    dead = replace(SESSION, pid=None, started_at=None, exit_code=7, ended_at=1_061.0)
    status = _status(sessions={"miner_3": dead, "supervisor": SUPERVISOR}, clashes={"miner_3": CLASH})
    assert status.problem is not None
    assert status.problem.startswith("exited with 7; starts again in ")
    assert status.problem.endswith(f"; hotkey w/h is in use by {WHO}")


def test_no_supervisor_is_missed_where_none_is_wanted_or_nothing_runs() -> None:
    unwanted = replace(FLEET, supervision=Supervision(enabled=False))
    assert report_of(unwanted, replace(GOOD, sessions={"miner_3": SESSION})).supervisor.state == "off"
    assert report_of(FLEET, replace(GOOD, sessions={})).supervisor.state == "idle"
    assert report_of(FLEET, replace(GOOD, sessions=None)).supervisor.state == "unknown"


LATE = Health(False, "its port 8093")
DEAD = {"pid": None, "started_at": None}
WORDS = {"miner_3": "no route"}
DRIFT = (Drift("stale", "PERIOD", "5", "60"),)
RESTART = "netctl fleet restart --neuron miner_3"
CLASH = (Clash("hotkey", "/wallets/w/hotkeys/h", 7, ("python", "miner.py"), "/x/.netctl/day3", "miner_1"),)
MORE = (replace(CLASH[0], what="axon port", value="8093"),)
WHO = "pid 7 (python miner.py) of /x/.netctl/day3/miner_1"


@pytest.mark.parametrize(
    ("changes", "state", "problem"),
    [
        ({"sessions": {}}, "missing", "no session"),
        ({"sessions": _session(**DEAD, exit_code=0)}, "exited", "exited with 0"),
        ({"sessions": _session(**DEAD, exit_code=7)}, "exited", "exited with 7"),
        ({"sessions": _session(**DEAD, exit_signal=9)}, "killed", "killed by SIGKILL"),
        ({"sessions": _session(**DEAD, exit_signal=99)}, "killed", "killed by signal 99"),
        ({"sessions": _session(**DEAD)}, "starting", "waits for its process"),
        ({"sessions": _session(**DEAD, exit_code=7), "last_words": WORDS}, "exited", "exited with 7: no route"),
        ({"sessions": _session(**DEAD, exit_signal=9), "last_words": WORDS}, "killed", "killed by SIGKILL: no route"),
        ({"sessions": None, "host_problem": "tmux is away"}, "unknown", "tmux is away"),
        ({"ready": {"miner_3": LATE}, "at": 1_010.0}, "starting", "waits for its port 8093"),
        ({"ready": {"miner_3": LATE}, "at": 2_000.0}, "running", "waits for its port 8093"),
        ({"ready": {"miner_3": Health(False)}, "at": 2_000.0}, "running", "not ready"),
        ({"ready": {}}, "running", "its readiness could not be judged"),
        ({"ready": {}, "host_problem": "no probe"}, "running", "no probe"),
        ({"metagraph": Metagraph(428, 812, ())}, "running", "not registered"),
        (
            {"metagraph": Metagraph(428, 812, ()), "lost": {"miner_3": "it was registered in block 7"}},
            "running",
            "deregistered: it was registered in block 7; netctl register --reregister miner_3",
        ),
        ({"unheard": {"miner_3": "its stake is low"}}, "running", "not heard by the miners: its stake is low"),
        ({"drift": {"miner_3": DRIFT}}, "running", f"not as rendered: PERIOD is 5, rendered 60; {RESTART}"),
        (
            {"drift": {"miner_3": DRIFT}, "ready": {"miner_3": LATE}, "at": 2_000.0},
            "running",
            "waits for its port 8093",
        ),
        ({"clashes": {"miner_3": CLASH}}, "running", f"hotkey w/h is in use by {WHO}"),
        ({"clashes": {"miner_3": (*CLASH, *MORE)}}, "running", f"hotkey w/h and port 8093 are in use by {WHO}"),
        ({"clashes": {"miner_3": CLASH}, "sessions": {}}, "missing", f"no session; hotkey w/h is in use by {WHO}"),
        (
            {"clashes": {"miner_3": CLASH}, "sessions": _session(**DEAD, exit_code=7)},
            "exited",
            f"exited with 7; hotkey w/h is in use by {WHO}",
        ),
        ({"metagraph": None, "chain_problem": "chain unreachable: x"}, "running", "chain unreachable: x"),
        ({"keys": {"miner_3": KeyFacts(None, None, False, False)}}, "running", "no hotkey in the wallet directory"),
    ],
)
def test_the_first_thing_to_see_to_is_the_problem(changes: dict[str, Any], state: str, problem: str) -> None:
    status = _status(**changes)
    assert (status.state, status.problem) == (state, problem)
    assert not report_of(FLEET, replace(GOOD, **changes)).ok


def test_clashes_and_drift_are_in_the_document() -> None:
    seen = replace(GOOD, clashes={"miner_3": CLASH}, drift={"miner_3": DRIFT})
    document = report_of(FLEET, seen).document(below=Path("/here"))
    jsonschema.validate(document, STATUS)
    (neuron,) = document["neurons"]
    assert neuron["drift"] == [{"what": "stale", "name": "PERIOD", "running": "5", "rendered": "60"}]
    assert neuron["clashes"][0]["argv"] == ["python", "miner.py"]
    assert not document["ok"]


def test_without_the_chain_registration_and_money_are_unknown_not_absent() -> None:
    status = _status(metagraph=None, accounts=None, block=None, chain_problem="chain unreachable: x")
    assert (status.registered, status.uid, status.balance_tao, status.stake_tao) == (None, None, None, None)
    document = report_of(FLEET, replace(GOOD, metagraph=None, accounts=None, block=None)).document(below=Path("/"))
    jsonschema.validate(document, STATUS)


def test_a_neuron_that_is_not_registered_has_no_uid_and_no_stake() -> None:
    status = _status(metagraph=Metagraph(428, 812, ()))
    assert (status.registered, status.uid, status.stake_tao) == (False, None, "0.000000000")


def test_a_disturbance_comes_before_what_may_follow_from_it() -> None:
    cut = Disturbance("a", "cut-rpc", "miner_3", GOOD.at, GOOD.at + 60)
    report = report_of(FLEET, replace(GOOD, chaos={"miner_3": (cut,)}))
    assert report.neurons[0].problem == "chaos: cut-rpc until 00:18:41 UTC"
    assert not report.ok
    document = report.document(below=Path("/"))
    jsonschema.validate(document, STATUS)
    assert document["neurons"][0]["chaos"] == [{"what": "cut-rpc", "until": "1970-01-01T00:18:41Z"}]
    unregistered = _status(chaos={"miner_3": (cut,)}, metagraph=Metagraph(netuid=428, block=812, rows=()))
    assert unregistered.problem == "chaos: cut-rpc until 00:18:41 UTC; not registered"


def test_a_neuron_behind_a_proxy_that_does_not_run_is_cut_off() -> None:
    behind = _session(labels={"proxied_rpc": "18091"})
    proxy = replace(SESSION, name="proxy", pid=4300)
    assert "the proxy between it and the chain" in (_status(sessions=behind).problem or "")
    assert "the proxy between it and the chain" in (
        _status(sessions={**behind, "proxy": replace(proxy, pid=None, exit_signal=9)}).problem or ""
    )
    assert _status(sessions={**behind, "proxy": proxy}).problem is None


def test_a_log_outside_of_the_directory_keeps_its_whole_path() -> None:
    document = report_of(FLEET, GOOD).document(below=Path("/elsewhere"))
    assert document["neurons"][0]["log"] == "/here/.netctl/day2-rehearsal/logs/miner_3.log"


async def test_a_rehearsal_whose_chain_does_not_run_says_so() -> None:
    async def probe(*_: object, **_options: object) -> dict[str, Health]:
        return {}

    world: Any = SimpleNamespace(
        keys=SimpleNamespace(facts=lambda *_: GOOD.keys["miner_3"]),
        host=SimpleNamespace(
            sessions=lambda: GOOD.sessions, holders=lambda *_, **_ports: (), running=lambda _: None, placed=list
        ),
        clock=SimpleNamespace(now=lambda: GOOD.at),
        journal=SimpleNamespace(entries=lambda: ()),
    )
    seen = await observe(replace(FLEET, network=Network("rehearsal", "")), world, probe=probe)
    assert seen.chain_problem == "its chain does not run"


async def test_a_chain_that_hangs_is_reported_and_the_rest_is_told(tmp_path: Path) -> None:
    """The observation ends although a question to the chain never does."""

    async def hang(*_: object) -> None:
        await asyncio.Event().wait()

    async def probe(*_: object, **_options: object) -> dict[str, Health]:
        return {"miner_3": Health(True)}

    world: Any = SimpleNamespace(
        chain=SimpleNamespace(head=hang, metagraph=hang, accounts=hang),
        keys=SimpleNamespace(facts=lambda *_: GOOD.keys["miner_3"]),
        host=SimpleNamespace(
            sessions=lambda: GOOD.sessions, holders=lambda *_, **_ports: (), running=lambda _: None, placed=list
        ),
        clock=SimpleNamespace(now=lambda: GOOD.at),
        journal=SimpleNamespace(entries=lambda: ()),
    )
    public = replace(FLEET, network=Network("test", "wss://t"))
    seen = await observe(public, world, probe=probe, patience_s=0.05)
    (status,) = report_of(public, seen).neurons
    assert (status.state, status.ready, status.registered) == ("running", True, None)
    assert status.problem == "chain unreachable: no answer within 0.05 s"


def test_a_broken_keyfile_is_the_problem_of_its_neuron_and_hides_nothing() -> None:
    def broken(*_: object) -> KeyFacts:
        raise WalletError("w/hot: not a keyfile", hint="netctl wallet restore")

    async def probe(*_: object, **_options: object) -> dict[str, Health]:
        return {"miner_3": Health(True)}

    world: Any = SimpleNamespace(
        chain=SimpleNamespace(),
        keys=SimpleNamespace(facts=broken),
        host=SimpleNamespace(
            sessions=lambda: GOOD.sessions, running=lambda _: {}, holders=lambda *_, **__: (), placed=list
        ),
        clock=SimpleNamespace(now=lambda: GOOD.at),
        journal=SimpleNamespace(entries=lambda: ()),
    )
    fleet = replace(FLEET, network=Network("rehearsal", ""))
    (status,) = report_of(fleet, asyncio.run(observe(fleet, world, probe=probe))).neurons
    assert (status.state, status.pid) == ("running", 4242)
    assert status.problem == "w/hot: not a keyfile"
