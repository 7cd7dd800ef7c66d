"""The doctor's rows about the machines of a swarm, each red and green, from what was seen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from netctl.doctor.finding import Finding
from netctl.doctor.registry import examine
from netctl.doctor.seen import Absent, OnSwarm, Seen
from netctl.hostsetup import observing
from netctl.hostsetup.wanted import machines_of
from netctl.ports.machine import Disk, Logout, Tmux
from tests.doctor.colours import green, red
from tests.doctor.ward import finding_of
from tests.hostsetup.fields import bare, joined, swarm, with_engine

pytestmark = pytest.mark.fast

MACHINES = machines_of(swarm(labels=(("disk", "ssd"),)))


def seen(there: observing.Seen, *, has_here: bool = True) -> Seen:
    """A visit that saw nothing but these machines."""
    away: Any = Absent("it was not asked")
    return Seen(
        tmux=Tmux(Path("/t"), "3.4", too_old=False, scopes=False),
        logout=Logout("u", systemd=False),
        disk=Disk(Path("/"), 10**12, 10**12),
        **dict.fromkeys(
            ("fleet", "rendered", "code", "neighbours", "drift", "keys", "link", "pulse", "on_chain"), away
        ),
        swarm=OnSwarm(MACHINES, there, "10.0.0.9", has_here),
    )


def row(name: str, there: observing.Seen, *, has_here: bool = True) -> Finding:
    return finding_of(name, seen(there, has_here=has_here))


def changed(name: str, **fields: Any) -> observing.Seen:
    return joined(MACHINES, members={name: fields})


@red("swarm_manager")
def test_machines_that_are_no_swarm_yet() -> Finding:
    return row("swarm_manager", bare(MACHINES))


@red("swarm_manager")
def test_a_manager_that_does_not_answer() -> Finding:
    finding = row("swarm_manager", with_engine(bare(MACHINES), "nd1", trouble="no answer"))
    assert finding.found == "no answer"
    return finding


@red("swarm_quorum")
def test_a_manager_that_the_others_do_not_reach() -> Finding:
    finding = row("swarm_quorum", changed("nd2", state="down", reachability="unreachable"))
    assert finding.found == "2 of 3 managers are reachable; not nd2"
    return finding


@red("swarm_quorum")
def test_an_even_number_of_managers() -> Finding:
    return row("swarm_quorum", changed("nd2", role="worker", reachability=""))


@red("swarm_nodes")
def test_a_node_that_is_drained() -> Finding:
    return row("swarm_nodes", changed("nd3", availability="drain"))


@red("swarm_nodes")
def test_a_machine_that_is_not_in_the_swarm() -> Finding:
    finding = row("swarm_nodes", with_engine(joined(MACHINES), "nd3", node_id="", membership="inactive"))
    assert finding.found == "no node of the swarm: nd3"
    return finding


@red("swarm_labels")
def test_a_label_that_is_not_set() -> Finding:
    return row("swarm_labels", changed("nd1", labels=()))


@red("swarm_addresses")
def test_an_address_that_is_not_the_profiles() -> Finding:
    return row("swarm_addresses", changed("nd1", address="172.16.0.1"))


@red("swarm_image")
def test_a_node_without_the_image() -> Finding:
    return row("swarm_image", with_engine(joined(MACHINES), "nd2", has_image=False))


@red("swarm_autolock")
def test_a_swarm_that_is_not_locked() -> Finding:
    return row("swarm_autolock", joined(MACHINES, autolock=False))


@red("swarm_tcp")
def test_an_engine_that_listens_on_the_network() -> Finding:
    return row("swarm_tcp", with_engine(joined(MACHINES), "nd2", open_tcp="http://0.0.0.0:2375 without encryption"))


@red("swarm_engines")
def test_an_engine_of_years_ago() -> Finding:
    return row("swarm_engines", with_engine(joined(MACHINES), "nd2", version="19.03.8", api=(1, 40)))


@red("swarm_clocks")
def test_a_clock_that_is_wrong() -> Finding:
    finding = row("swarm_clocks", with_engine(joined(MACHINES), "nd2", skew_s=5.0, skew_error_s=0.2))
    assert finding.found == "against this machine's: nd2: +5.0 s"
    return finding


@red("swarm_here")
def test_an_address_of_another_machine() -> Finding:
    return row("swarm_here", joined(MACHINES), has_here=False)


def test_all_is_well_where_the_swarm_is_as_the_profile_wants_it() -> None:
    findings = [finding for finding in examine(seen(joined(MACHINES))).findings if finding.area == "swarm"]
    assert [(f.name, f.verdict) for f in findings if f.verdict != "good"] == []


def test_no_row_of_a_swarm_is_shown_of_a_fleet_without_one() -> None:
    areas = {finding.area for finding in examine(replace(seen(joined(MACHINES)), swarm=None)).findings}
    assert "swarm" not in areas


ALL = ("manager", "quorum", "nodes", "labels", "addresses", "image", "autolock", "tcp", "engines", "clocks", "here")


def _well(name: str) -> Any:
    @green(name)
    def check() -> Finding:
        return row(name, joined(MACHINES))

    return check


WELL = {f"swarm_{name}": _well(f"swarm_{name}") for name in ALL}


@pytest.mark.parametrize("name", WELL)
def test_a_row_is_good_where_all_is_well(name: str) -> None:
    WELL[name]()
