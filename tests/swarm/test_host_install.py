"""A machine without docker, over real ssh: it is found out, and installed as apt-get would, which is played here."""

from __future__ import annotations

import gc
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from netctl.adapters.swarm.machines import DockerEngines
from netctl.errors import SessionError
from tests.swarm.cluster import Cluster, why_not
from tests.swarm.sshd import let_in

# The library leaves each ssh connection to the garbage collector, which ends it.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::ResourceWarning")]

APT = """#!/bin/sh
echo "$DEBIAN_FRONTEND apt-get $*" >>{log}
case "$*" in *install*) /bin/ln -s /usr/bin/docker {folder}/docker ;; esac
"""


@pytest.fixture
def folder(loopback_only: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Path]]:
    """An address with an engine and no docker command, and the directory of the commands there."""
    if (reason := why_not()) is not None:
        pytest.skip(reason)
    commands = tmp_path / "commands"
    commands.mkdir()
    for name in ("sh", "id", "env", "df"):
        (commands / name).symlink_to(str(shutil.which(name)))
    with (
        Cluster(1, joined=False) as cluster,
        let_in(cluster.machines, tmp_path / "ssh", path=str(commands)) as tools,
    ):
        monkeypatch.setenv("PATH", f"{tools}:/usr/sbin:/usr/bin:/sbin:/bin")
        yield f"ssh://root@{cluster.machines[0].address}", commands


def test_an_engine_is_installed_by_apt_get_and_then_answers(folder: tuple[str, Path], tmp_path: Path) -> None:
    address, commands = folder
    engines = DockerEngines()
    try:
        found = engines.look([address], None)[address]
        assert (found.missing, found.can_install) == (True, False)

        apt = commands / "apt-get"
        apt.write_text(APT.format(log=tmp_path / "log", folder=commands))
        apt.chmod(0o755)
        assert engines.look([address], None)[address].can_install
        engines.install(address)
        facts = engines.look([address], "")[address]
        assert (facts.answers, facts.name, facts.membership, facts.has_image) == (True, "nd1", "inactive", False)
        assert facts.free_bytes
        assert abs(facts.skew_s or 0.0) - facts.skew_error_s < 1
        assert (tmp_path / "log").read_text().splitlines() == [
            "noninteractive apt-get -q update",
            "noninteractive apt-get -q install -y docker.io",
        ]
        apt.write_text("#!/bin/sh\necho 'E: no such package' >&2; exit 100\n")
        with pytest.raises(SessionError, match="E: no such package"):
            engines.install(address)
    finally:
        engines.close()
        gc.collect()


def test_one_that_nobody_is_let_into_is_named_with_what_ssh_said(folder: tuple[str, Path]) -> None:
    address, _ = folder
    engines = DockerEngines()
    nobody = address.replace("root@", "nobody-of-this-name@")
    found = engines.look([nobody], None)[nobody]
    assert found.trouble.startswith(f"{nobody} does not let us in: ")
    assert "Permission denied" in found.trouble
