"""Every end that the pack `resi` names, provoked with the checkout in a session of tmux, and told by `netctl why`."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from netctl import packs
from netctl.adapters.clock import SystemClock
from netctl.adapters.tmux import TmuxHost
from netctl.capsules.witness import FleetWitness
from netctl.cli.world import world_of
from netctl.fleet import Fleet
from netctl.layout import files_of
from netctl.why.asking import known_of
from netctl.why.explanation import Explanation, explained
from netctl.why.judging import Found
from tests.resi.bench import Bench, a_bench
from tests.resi.ends import ENDS, STRAY, Change, End
from tests.resi.fleet import plain
from tests.resi.standins import STANDINS

DEADLINE_S = 120.0


@pytest.mark.fast
@pytest.mark.parametrize(("pack", "ends"), [("resi", ENDS), ("rehearsal", STANDINS)])
def test_every_cause_that_a_pack_names_is_provoked(pack: str, ends: Mapping[tuple[str, str], End]) -> None:
    """Who adds a cause to the pack adds an end that it explains."""
    spec = packs.load(pack).spec
    named = {cause.name for role in spec.roles for cause in spec.causes_of(role)}
    assert named == {cause for cause, _ in ends}
    for cause, role in ends:
        assert cause in {each.name for each in spec.causes_of(role)}  # type: ignore[arg-type]


@pytest.mark.fast
def test_every_pack_that_names_causes_is_among_them() -> None:
    naming = {name for name in packs.pack_names() if packs.load(name).spec.causes}
    assert naming == {"resi", "rehearsal"}


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A chain with the fleet registered on it, and a hotkey in every wallet that is not."""
    with a_bench(tmp_path_factory.mktemp("bench")) as found:
        profile = json.loads((found.place / "real.yaml").read_text())
        for member in (*profile["miners"], *profile["validators"]):
            member["hotkey"] = STRAY
        (found.place / "stray.yaml").write_text(json.dumps(profile))
        made = found._netctl("wallet", "create", profile="stray.yaml")
        assert made.code == 0, made.err
        yield found


@contextmanager
def in_a_session(bench: Bench, fleet: Fleet, after: Change | None = None) -> Iterator[TmuxHost]:
    """That fleet's one neuron, rendered, changed, and launched as netctl does it."""
    with ExitStack() as stack:
        one = bench.rendered(fleet, packs.find(fleet.code.pack))
        assert one.blocked == ()
        (rendered,) = one.rendered
        host = TmuxHost(fleet.state, fleet.name, FleetWitness(fleet, by="a test", clock=SystemClock()))
        for directory in (files_of(fleet, rendered.neuron), *rendered.directories):
            host.make_directory(directory)
        for file in (*rendered.files, *rendered.seeds):
            host.replace(file.path, file.content, 0o600)
        if after is not None:
            after(bench, fleet, stack)
        host.launch([rendered.session])
        try:
            yield host
        finally:
            assert host.shut_down(grace_s=5) == ()


async def _why(fleet: Fleet) -> Explanation:
    async with world_of(fleet) as world:
        return explained(await known_of(fleet, world, fleet.neurons[0]))


def why(fleet: Fleet, cause: str, host: TmuxHost, end: End) -> Explanation:
    """What is said once the process is there or gone as it should, and that cause is told, or time is up."""
    until = time.monotonic() + end.deadline_s
    while True:
        session = host.sessions()[fleet.neurons[0].name]
        if (session.pid is not None) is end.lives or time.monotonic() > until:
            found = asyncio.run(_why(fleet))
            if cause in _told(found) or time.monotonic() > until:
                return found
        time.sleep(0.3)


def _told(found: Explanation) -> Mapping[str, Found]:
    return {one.name: one for one in (found.cause, *found.others) if one is not None}


def check(bench: Bench, pack: str, cause: str, end: End) -> None:
    """Provoke that end, and see that it is told as the pack has it."""
    with ExitStack() as stack:
        if end.beside is not None:
            beside = end.beside(bench, bench.fleet, stack)
            stack.enter_context(in_a_session(bench, beside))
            _wait_for(beside, end.beside_begun)
            if end.beside_meanwhile is not None:
                end.beside_meanwhile(bench, beside, stack)
        fleet = bench.changed(end.neuron)
        fleet = fleet if end.before is None else end.before(bench, fleet, stack)
        host = stack.enter_context(in_a_session(bench, fleet, end.after))
        if end.meanwhile is not None:
            _wait_for(fleet, end.begun or "")
            end.meanwhile(bench, fleet, stack)
        found = why(fleet, cause, host, end)
        session = host.sessions()[end.neuron]
    told = _told(found)
    assert cause in told, f"{found.says}: {session}\n{_said(fleet)[-4000:]}"
    assert (session.pid is not None) is end.lives
    assert told[cause].known_by == pack
    assert told[cause].next
    assert end.says in (told[cause].says if end.lives else found.says)
    if not end.lives:
        assert found.cause is told[cause], found.says
        assert not found.well


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("cause", "role"), ENDS)
def test_why_says_by_what_a_neuron_ended_or_lives_on_badly(bench: Bench, cause: str, role: str) -> None:
    check(bench, "resi", cause, ENDS[cause, role])


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("cause", "role"), STANDINS)
def test_why_says_so_of_a_stand_in(bench: Bench, cause: str, role: str) -> None:
    check(bench, "rehearsal", cause, STANDINS[cause, role])


def _wait_for(fleet: Fleet, words: str) -> None:
    end = time.monotonic() + DEADLINE_S
    while words not in _said(fleet):
        assert time.monotonic() < end, _said(fleet)[-3000:]
        time.sleep(0.2)


def _said(fleet: Fleet) -> str:
    logs: list[Path] = sorted((fleet.state / "logs").glob("*.log"))
    return "".join(map(plain, logs))
