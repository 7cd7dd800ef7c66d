"""Rows about the neurons' programs: interpreters that really run, checkouts and files that are there."""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from netctl.adapters import sdk_asking
from netctl.devchain import DevChain
from netctl.doctor.finding import Finding
from netctl.doctor.seen import Absent
from netctl.fleet import Fleet, NeuronsCode, NeuronSpec
from tests.doctor.colours import green, red
from tests.doctor.ward import PLAIN_PYTHON, Ward, finding_of
from tests.environments import python_of
from tests.phases.fleets import neuron
from tests.resi.fleet import copied_checkout

MINER, OTHER, VALIDATOR = neuron("miner_1"), neuron("miner_2"), neuron("validator_1")
KEY = ("RAPIDAPI_KEY", "$RAPIDAPI_KEY")
OWN_PYTHON = Path(sys.executable)


def environment(place: Path, *, sdk: str | None, module: str = "") -> Path:
    """A virtual environment whose only distribution says that it is that bittensor, and is that module."""
    import venv

    venv.create(place, with_pip=False)
    packages = next(place.glob("lib/python*/site-packages"))
    if sdk is not None:
        folder = packages / f"bittensor-{sdk}.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: bittensor\nVersion: {sdk}\n")
        (packages / "bittensor.py").write_text(module)
    return place / "bin" / "python"


def resi(ward: Ward, *neurons: NeuronSpec, python: Path = PLAIN_PYTHON) -> Fleet:
    """A fleet of the pack `resi` on a checkout of its own."""
    checkout = ward.place / "below" / "resi-subnet"
    if not checkout.exists():
        copied_checkout(checkout)
    ward.environ = {"RAPIDAPI_KEY": "a-key-of-the-tests"}
    keyed = [replace(one, env=(*one.env, KEY)) for one in neurons]
    return ward.fleet(*keyed, code=NeuronsCode(checkout, python, "resi"))


@green("interpreter")
async def test_an_interpreter_that_runs_is_well(ward: Ward) -> Finding:
    return await ward.row("interpreter", ward.fleet(MINER))


@red("interpreter")
async def test_an_interpreter_that_is_not_there_fails(ward: Ward) -> Finding:
    found = await ward.row("interpreter", resi(ward, MINER, python=ward.place / "venv" / "bin" / "python"))
    assert found.next == "netctl neurons install"
    return found


@red("interpreter")
async def test_a_program_that_is_no_interpreter_fails(ward: Ward) -> Finding:
    found = await ward.row("interpreter", ward.fleet(MINER, code=NeuronsCode(None, Path("/bin/false"), "rehearsal")))
    assert found.found == "/bin/false: it ended with 1"
    return found


async def test_another_python_than_the_pack_wants_is_a_warning(ward: Ward) -> None:
    seen = await ward.seen(resi(ward, MINER))
    assert not isinstance(seen.code, Absent)
    other = replace(seen.code, interpreter=replace(seen.code.interpreter, python="3.9.1"))
    assert finding_of("interpreter", replace(seen, code=other)).verdict == "warning"


@green("sdk")
async def test_an_sdk_that_reads_the_chain_is_well(ward: Ward, netuid: int) -> Finding:
    code = NeuronsCode(None, OWN_PYTHON, "rehearsal")
    found = await ward.row("sdk", ward.fleet(MINER, netuid=netuid, code=code))
    assert "reads the chain (runtime 461)" in found.found
    return found


@green("sdk")
async def test_an_sdk_is_looked_at_also_while_the_chain_is_away(ward: Ward) -> Finding:
    fleet = ward.fleet(MINER, code=NeuronsCode(None, OWN_PYTHON, "rehearsal"))
    found = await ward.row("sdk", replace(fleet, network=replace(fleet.network, endpoint="")))
    assert "not tried" in found.found
    return found


@red("sdk")
async def test_an_sdk_that_cannot_read_the_metagraph_fails(ward: Ward, netuid: int) -> Finding:
    seen = await ward.seen(ward.fleet(MINER, netuid=netuid))
    assert not isinstance(seen.code, Absent)
    fault = ward.chain.fault("refuse", method="state_call", text="no such thing here")
    try:
        asked = await ward.machine.interpreter(OWN_PYTHON, endpoint=ward.chain.url, netuid=netuid)
    finally:
        ward.chain.clear_fault(fault)
    found = finding_of("sdk", replace(seen, code=replace(seen.code, interpreter=asked)))
    assert "no such thing here" in found.found
    return found


@red("sdk")
async def test_an_sdk_that_cannot_be_imported_fails(ward: Ward) -> Finding:
    conflict = "raise RuntimeError(\"Conflict detected: 'scalecodec'\\nand 'cyscale'\")"
    python = environment(ward.place / "venv", sdk="9.9.0", module=conflict)
    found = await ward.row("sdk", resi(ward, MINER, python=python))
    assert "Conflict detected: 'scalecodec' and 'cyscale'" in found.found
    return found


@red("sdk")
async def test_an_sdk_that_ends_its_process_fails(ward: Ward) -> Finding:
    python = environment(ward.place / "venv", sdk="9.9.0", module="import sys; sys.exit('usage: python [-h]')")
    found = await ward.row("sdk", resi(ward, MINER, python=python))
    assert found.found == "bittensor 9.9.0 cannot be imported: SystemExit: usage: python [-h]"
    return found


@red("sdk")
async def test_no_sdk_where_the_checkout_wants_one_fails(ward: Ward) -> Finding:
    found = await ward.row("sdk", resi(ward, MINER))
    assert (found.verdict, "9.9.0" in found.found) == ("failed", True)
    return found


@red("sdk")
async def test_no_sdk_where_nothing_wants_one_is_a_warning(ward: Ward) -> Finding:
    found = await ward.row("sdk", ward.fleet(MINER))
    assert found.verdict == "warning"
    return found


@red("sdk")
async def test_another_sdk_than_the_checkout_pins_is_a_warning(ward: Ward) -> Finding:
    found = await ward.row("sdk", resi(ward, MINER, python=OWN_PYTHON))
    assert found.verdict == "warning"
    assert "pins 9.9.0" in found.found
    return found


async def test_an_interpreter_that_never_answers_is_ended(ward: Ward) -> None:

    python = environment(ward.place / "venv", sdk="9.9.0", module="import time; time.sleep(600)")
    asked = await sdk_asking.ask(python, endpoint=None, netuid=None, patience_s=1.0)
    assert asked.broken == "it did not answer within 1 s"


@pytest.mark.slow
@pytest.mark.timeout(600)  # the first time its environment is made
@pytest.mark.parametrize(("compat", "verdict"), [("--compat", "good"), ("--no-compat", "failed")])
async def test_the_subnets_own_old_sdk_reads_a_chain_that_it_knows(tmp_path: Path, compat: str, verdict: str) -> None:
    """On the newest metadata bittensor 9.9.0 cannot decode a netuid, as on the real chain."""
    with DevChain(seal="interval", block_time_s=0.25, arguments=[compat]) as chain:
        ward = Ward(tmp_path, chain)
        fleet = resi(ward, MINER, python=python_of("bittensor-9.9.0"))
        found = await ward.row("sdk", replace(fleet, netuid=chain.add_subnet()))
    assert found.verdict == verdict, found


@green("startable")
async def test_neurons_that_have_all_they_need_are_well(ward: Ward) -> Finding:
    return await ward.row("startable", resi(ward, MINER, VALIDATOR))


@red("startable")
async def test_a_variable_that_is_not_set_fails(ward: Ward) -> Finding:
    fleet = resi(ward, MINER, VALIDATOR)
    ward.environ = {}
    found = await ward.row("startable", fleet)
    assert found.found == "$RAPIDAPI_KEY is not set in your environment (miner_1, validator_1)"
    return found


@red("startable")
async def test_a_pack_that_is_nowhere_fails(ward: Ward) -> Finding:
    found = await ward.row("startable", ward.fleet(MINER, code=NeuronsCode(None, PLAIN_PYTHON, "./nowhere")))
    assert "./nowhere" in found.found
    return found


async def test_what_another_row_tells_is_not_told_twice(ward: Ward) -> None:
    seen = await ward.seen(resi(ward, MINER, python=ward.place / "venv" / "bin" / "python"))
    assert finding_of("interpreter", seen).verdict == "failed"
    assert finding_of("startable", seen).verdict == "unseen"


@green("dotenv")
async def test_a_checkout_without_dotenv_is_well(ward: Ward) -> Finding:
    return await ward.row("dotenv", resi(ward, MINER))


@red("dotenv")
async def test_a_dotenv_above_the_checkout_fails_and_shows_no_value(ward: Ward) -> Finding:
    (ward.place / ".env").write_text("RAPIDAPI_KEY=hush-hush\nNETUID=13\n")
    found = await ward.row("dotenv", resi(ward, MINER))
    assert found.verdict == "failed"
    assert f"{ward.place / '.env'} sets RAPIDAPI_KEY, NETUID" in found.found
    assert "hush" not in repr(found)
    return found


@red("dotenv")
async def test_a_dotenv_that_the_pack_says_nothing_of_is_a_warning(ward: Ward) -> Finding:
    checkout = ward.place / "code"
    checkout.mkdir()
    (checkout / ".env").write_text("A=1\n")
    found = await ward.row("dotenv", ward.fleet(MINER, code=NeuronsCode(checkout, PLAIN_PYTHON, "rehearsal")))
    assert found.verdict == "warning"
    return found


@green("ignored")
async def test_settings_that_the_code_reads_are_well(ward: Ward) -> Finding:
    known = replace(MINER, args=(("vpermit_rao_limit", "300"), ("logging.trace", None)))
    return await ward.row("ignored", resi(ward, known))


@red("ignored")
async def test_an_option_that_the_pack_knows_as_ignored_is_told(ward: Ward) -> Finding:
    found = await ward.row("ignored", resi(ward, replace(VALIDATOR, args=(("max_targets", "10"),))))
    assert found.found.startswith("validator_1: --max_targets is ignored: it is parsed and never read")
    assert "nowhere" not in found.found
    return found


@red("ignored")
async def test_a_variable_that_nothing_reads_is_told(ward: Ward) -> Finding:
    found = await ward.row("ignored", resi(ward, replace(MINER, env=(("NETUID", "428"),))))
    assert "NETUID is ignored" in found.found
    return found


@red("ignored")
async def test_an_option_that_stands_nowhere_in_the_code_is_told(ward: Ward) -> Finding:
    found = await ward.row("ignored", resi(ward, replace(MINER, args=(("vpermit_rao_limits", "300"),))))
    assert found.found == "miner_1: --vpermit_rao_limits stands nowhere in the code"
    return found


@green("same")
async def test_one_evaluation_period_for_all_is_well(ward: Ward) -> Finding:
    found = await ward.row("same", resi(ward, MINER, VALIDATOR))
    assert found.found == "MINER_EVAL_PERIOD_MINUTES is 60 for all 2"
    return found


@red("same")
async def test_an_evaluation_period_for_the_validator_alone_fails(ward: Ward) -> Finding:
    quick = replace(VALIDATOR, env=(("MINER_EVAL_PERIOD_MINUTES", "5"),))
    found = await ward.row("same", resi(ward, MINER, OTHER, quick))
    assert found.found == "MINER_EVAL_PERIOD_MINUTES is 60 for miner_1, 60 for miner_2, 5 for validator_1"
    return found


async def test_an_interpreter_that_is_asked_in_vain_ends_with_whoever_asks(ward: Ward) -> None:
    """As at Ctrl-C: nobody waits for it, and no process of it is left."""
    started = ward.place / "started"
    module = f"import os, time; open({str(started)!r}, 'w').write(str(os.getpid())); time.sleep(600)"
    python = environment(ward.place / "venv", sdk="9.9.0", module=module)
    asking = asyncio.create_task(sdk_asking.ask(python, endpoint=None, netuid=None))
    async with asyncio.timeout(30):
        while not started.exists() or not started.read_text():  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
    with pytest.raises(ProcessLookupError):
        os.kill(int(started.read_text()), 0)
