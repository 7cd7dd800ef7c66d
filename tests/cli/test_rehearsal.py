"""One small rehearsal through the real program: what each command says of it, from up to purge.

The tests share one fleet and build on each other's order only where they say so.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from hashlib import sha256
from pathlib import Path

import jsonschema
import pytest

from netctl.fleets import remembered
from tests.cli.program import Ended, call, run, small_profile
from tests.cli.schemas import CHAIN_STATUS, PLAN, STATUS


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A directory with a fleet of one miner and one validator, up in a rehearsal; taken down afterwards."""
    here = tmp_path_factory.mktemp("place")
    (here / "small.yaml").write_text(small_profile())
    (here / "home").mkdir()
    up = _netctl(here, "fleet", "up", "small.yaml", "--rehearse", "--yes")
    try:
        assert up.code == 0, up.err
        (here / "up.out").write_text(up.out)
        yield here
    finally:
        _netctl(here, "fleet", "down", "small.yaml", "--rehearse")


def _netctl(here: Path, *argv: str) -> Ended:
    """netctl as the program it is: whatever changes the fleet."""
    return run(*argv, cwd=here, HOME=str(here / "home"))


@pytest.fixture
def netctl(place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ended]:
    """netctl in this process, for what only looks: the program's start takes longer than most of that."""
    monkeypatch.chdir(place)
    monkeypatch.setenv("HOME", str(place / "home"))
    monkeypatch.setenv("COLUMNS", "100")
    return partial(call, capsys)


def test_up_ends_with_a_line_for_each_neuron(place: Path) -> None:
    rows = [line.split() for line in (place / "up.out").read_text().splitlines()]
    assert rows[0] == ["name", "uid", "state", "cost", "problem"]
    assert [(row[0], row[2], row[4]) for row in rows[1:]] == [
        ("miner_1", "running", "-"),
        ("validator_1", "running", "-"),
    ]
    assert all(float(row[3]) > 0 for row in rows[1:])


def test_status_finds_the_fleet_that_runs_from_here(place: Path) -> None:
    ended = _netctl(place, "status", "--json")
    assert ended.code == 0, ended.out
    document = ended.document
    jsonschema.validate(document, STATUS)
    assert (document["fleet"], document["rehearsal"], document["ok"]) == ("small-rehearsal", True, True)
    uids = [neuron["uid"] for neuron in document["neurons"]]
    assert len(set(uids)) == len(uids) == 2
    assert {neuron["log"] for neuron in document["neurons"]} == {
        f".netctl/small-rehearsal/logs/{name}.log" for name in ("miner_1", "validator_1")
    }


def test_the_plan_is_empty_and_a_second_up_pays_nothing(place: Path, netctl: Callable[..., Ended]) -> None:
    plan = netctl("fleet", "plan", "small.yaml", "--rehearse", "--json").document
    jsonschema.validate(plan, PLAN)
    assert (plan["steps"], plan["blocked"], plan["cost_tao"]) == ([], [], "0.000000000")
    before = netctl("journal", "--json").out
    again = _netctl(place, "fleet", "up", "small.yaml", "--rehearse", "--json")
    assert again.code == 0, again.err
    assert (again.document["steps"], again.document["spent_tao"]) == ([], "0.000000000")
    assert netctl("journal", "--json").out == before


def test_the_journal_is_json_lines(netctl: Callable[..., Ended]) -> None:
    kinds = [json.loads(line)["kind"] for line in netctl("journal", "--json").out.splitlines()]
    assert kinds.count("intent") == kinds.count("outcome") > 0


def test_the_journal_ends_with_its_totals_and_can_be_filtered(netctl: Callable[..., Ended]) -> None:
    lines = [json.loads(line) for line in netctl("journal", "--json").out.splitlines()]
    whole = lines[-1]["whole"]
    assert lines[-1]["kind"] == "totals"
    assert whole["payments"] == sum(line["kind"] == "intent" for line in lines)
    found = netctl("journal", "--purpose", "register", "--neuron", "miner_1", "--json").out.splitlines()
    kinds = [(json.loads(line)["kind"], json.loads(line).get("neuron")) for line in found]
    assert kinds == [("intent", "miner_1"), ("outcome", None), ("totals", None)]
    shown = netctl("journal", "--neuron", "miner_1")
    header, row, empty, *sums = shown.out.splitlines()
    assert header.split()[:2] == ["when", "(UTC)"]
    assert {"fleet", "up", "register", "miner_1", "included"} < set(row.split())
    assert json.loads(found[0])["hash"] in row
    assert (empty, sums[-1].split()[0]) == ("", "whole")
    nothing = netctl("journal", "--since", "2999-01-01")
    assert (nothing.code, nothing.out) == (0, "")
    for words in (("--since", "soon"), ("--neuron", "miner_9"), ("--purpose", "beer")):
        assert netctl("journal", *words).code == 2, words


@pytest.mark.slow
def test_the_journal_is_what_the_chain_says_and_a_rao_more_is_found_out(
    place: Path, netctl: Callable[..., Ended]
) -> None:
    checked = netctl("journal", "--check", "--json")
    told = checked.document
    assert (checked.code, told["ok"], told["difference_rao"]) == (0, True, 0), told
    assert told["journal_tao"] == told["chain_tao"] == told["totals"]["whole"]["spent_tao"]
    assert {each["verdict"] for each in told["payments"]} == {"agrees"}
    assert all(each["extrinsic"] and each["command"] == "netctl fleet up" for each in told["payments"])
    shown = netctl("journal", "--check")
    assert (shown.code, shown.err) == (0, "they agree, to the rao\n")
    path = place / ".netctl" / "small-rehearsal" / "journal.jsonl"
    kept = path.read_bytes()
    lines = [json.loads(line) for line in kept.splitlines()]
    next(line for line in lines if line["kind"] == "outcome")["fee_rao"] += 1
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    wrong = netctl("journal", "--check")
    path.write_bytes(kept)
    assert wrong.code == 1
    assert wrong.out.startswith("differs: ")
    assert "they differ by 0.000000001 TAO: the journal has more" in wrong.err


def test_wallets_are_listed_with_what_the_chain_has_of_them(netctl: Callable[..., Ended]) -> None:
    told = netctl("wallet", "list", "--json").document
    assert (told["chain_problem"], told["block"] > 0) == (None, True)
    status = {neuron["name"]: neuron for neuron in netctl("status", "--json").document["neurons"]}
    for row in told["wallets"]:
        neuron = status[row["neuron"]]
        assert row["registered"] == [{"netuid": 428, "uid": neuron["uid"]}]
        assert (row["coldkey_ss58"], row["hotkey_ss58"]) == (neuron["coldkey_ss58"], neuron["hotkey_ss58"])
        assert row["odd"] == []
        assert float(row["free_tao"]) > 0
    (validator,) = (row for row in told["wallets"] if row["neuron"] == "validator_1")
    assert [each["netuid"] for each in validator["staked"]] == [428]
    assert float(validator["staked"][0]["alpha"]) > 200
    shown = netctl("wallet", "list").out
    assert f"{status['miner_1']['uid']} on 428" in shown


def test_register_pays_nothing_for_who_is_registered(place: Path) -> None:
    ended = _netctl(place, "register", "--stagger", "miner_1")
    assert ended.code == 0, ended.err
    assert "nothing was to be done" in ended.err
    assert "small-rehearsal" in ended.err.splitlines()[0]


def test_logs_are_plain_where_nobody_looks(netctl: Callable[..., Ended]) -> None:
    ended = netctl("logs", "miner_1", "validator_1", "-n", "5")
    assert ended.code == 0
    assert "\x1b" not in ended.out
    assert {line.split("|")[0].strip() for line in ended.out.splitlines()} == {"miner_1", "validator_1"}
    lines = [json.loads(line) for line in netctl("logs", "chain", "-n", "1", "--json").out.splitlines()]
    assert [line["name"] for line in lines] == ["chain"]


def test_ctrl_c_ends_a_follow_without_a_word(place: Path) -> None:
    follower = subprocess.Popen(
        [sys.executable, "-m", "netctl", "logs", "miner_1", "-f"],
        cwd=place,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert follower.stdout is not None
    assert follower.stdout.readline()
    follower.send_signal(signal.SIGINT)
    _, err = follower.communicate(timeout=20)
    assert (follower.returncode, err) == (130, "")


def test_an_empty_log_says_where_to_look(netctl: Callable[..., Ended]) -> None:
    ended = netctl("logs", "miner_1", "--err")
    assert (ended.code, ended.out) == (0, "")
    assert ended.err == "miner_1 has written nothing there; see netctl logs miner_1\n"


def test_the_metagraph_knows_the_fleets_names(netctl: Callable[..., Ended]) -> None:
    rows = netctl("metagraph", "--live", "--json").document["neurons"]
    assert {row["name"] for row in rows} == {None, "miner_1", "validator_1"}


def test_the_chain_tells_its_block(place: Path, netctl: Callable[..., Ended]) -> None:
    document = netctl("chain", "status", "--json").document
    jsonschema.validate(document, CHAIN_STATUS)
    assert document["block_time_s"] == 0.25
    _netctl(place, "chain", "mine", "30")
    assert netctl("chain", "status", "--json").document["block"] >= document["block"] + 30


def test_render_shows_no_difference_after_up(netctl: Callable[..., Ended]) -> None:
    assert netctl("render", "--diff").out == ""


def test_list_tells_which_fleets_run(netctl: Callable[..., Ended]) -> None:
    (fleet,) = netctl("fleet", "list", "--json").document
    assert (fleet["fleet"], fleet["running"]) == ("small-rehearsal", True)


def test_fund_has_nothing_to_pay(netctl: Callable[..., Ended]) -> None:
    ended = netctl("fund", "--watch", "--json")
    assert (ended.code, ended.document["needs"]) == (0, [])


def test_restart_gives_a_neuron_a_new_process(place: Path, netctl: Callable[..., Ended]) -> None:
    def pids() -> dict[str, int]:
        return {n["name"]: n["pid"] for n in netctl("status", "--json").document["neurons"]}

    before = pids()
    ended = _netctl(place, "fleet", "restart", "--neuron", "miner_1")
    assert ended.code == 0, ended.err
    after = pids()
    assert after["miner_1"] not in (None, before["miner_1"])
    assert after["validator_1"] == before["validator_1"]


def test_all_that_was_done_so_far_is_one_run(place: Path, netctl: Callable[..., Ended]) -> None:
    """Also the second up, which found nothing to do, and the restart, which is told."""
    told = netctl("run", "list", "--json").document
    (run,) = told["runs"]
    assert (told["fleet"], run["running"], run["ended"]) == ("small-rehearsal", True, None)
    assert 0 < run["first_block"] <= run["last_block"]
    assert run["profile"]["sha256"] == sha256((place / "small.yaml").read_bytes()).hexdigest()
    whole = netctl("run", "show", run["id"], "--json").document
    assert [change["started"] for change in whole["changes"]] == [["miner_1"]]
    assert {member["uid"] for member in whole["neurons"]} == {1, 2}


def test_another_netctl_that_works_on_the_fleet_is_named(place: Path) -> None:
    import fcntl

    with (place / ".netctl" / "small-rehearsal" / "lock").open("r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ended = _netctl(place, "fleet", "up", "small.yaml", "--rehearse", "--yes")
    assert ended.code == 9
    assert "is held by" in ended.err


@pytest.mark.slow
def test_rule_9_a_failure_names_its_cause_the_last_lines_and_the_next_command(place: Path) -> None:
    good = (place / "small.yaml").read_text()
    (place / "small.yaml").write_text(
        good.replace("hotkey: h1}", "hotkey: h1, args: {neuron.scraping_config_file: /nowhere/plan.json}}")
    )
    try:
        ended = _netctl(place, "fleet", "up", "small.yaml", "--rehearse", "--yes")
        assert ended.code == 1
        error, hint = [line for line in ended.err.splitlines() if line.startswith(("error: ", "hint: "))]
        assert "miner_1" in error
        assert "exit code" in error
        assert "/nowhere/plan.json" in error
        assert "netctl why miner_1" in hint
        why = _netctl(place, "why", "miner_1")
        assert why.code == 1
        assert "/nowhere/plan.json" in why.out
    finally:
        (place / "small.yaml").write_text(good)
        assert _netctl(place, "fleet", "up", "small.yaml", "--rehearse", "--yes").code == 0


def test_nothing_is_written_to_the_users_home(place: Path) -> None:
    assert list((place / "home").iterdir()) == []


def test_down_leaves_no_process_and_purge_no_state(place: Path) -> None:
    """The last one: it ends the fleet that the others look at."""
    pids = [neuron["pid"] for neuron in _netctl(place, "status", "--json").document["neurons"]]
    assert _netctl(place, "fleet", "down").code == 0
    (run,) = _netctl(place, "run", "list", "--json").document["runs"]
    assert (run["running"], run["ended_by"]) == (False, "netctl fleet down")
    assert [pid for pid in pids if _is_there(pid)] == []
    assert _netctl(place, "chain", "status").code == 6
    assert _netctl(place, "fleet", "down", "--purge", "--json").code == 7
    purged = _netctl(place, "fleet", "down", "--purge", "--yes", "--json")
    assert (purged.code, purged.document["purged"]) == (0, True)
    assert remembered(place / ".netctl") == ()
    assert not (place / ".netctl" / "small-rehearsal").exists()


def _is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
