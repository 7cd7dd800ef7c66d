"""The wheel, installed as a tool where no checkout is, does the whole of the main job."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import jsonschema
import psutil
import pytest
from packaging.metadata import Metadata

from netctl import __version__
from tests.cli.program import Ended
from tests.cli.schemas import STATUS
from tests.packaging.wheels import ROOT, Archives, Tool, build, clean_environ, install, install_by_pipx

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

LARGEST_WHEEL = 5_000_000
NEURONS = ("miner_1", "miner_2", "miner_3", "miner_4", "validator_1")


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> Archives:
    """Built once."""
    return build(tmp_path_factory.mktemp("built"))


@pytest.fixture(scope="module")
def tool(archives: Archives, tmp_path_factory: pytest.TempPathFactory) -> Tool:
    """Installed once, by uv."""
    return install(archives.wheel, tmp_path_factory.mktemp("installed"))


def _tree(name: str) -> set[str]:
    paths = (ROOT / name, *(ROOT / name).rglob("*"))
    return {str(path.relative_to(ROOT)) for path in paths if path.is_file() and "__pycache__" not in path.parts}


def test_the_wheel_holds_the_package_and_what_comes_with_it_and_nothing_else(archives: Archives) -> None:
    held = {name for name in ZipFile(archives.wheel).namelist() if ".dist-info/" not in name}
    brought = {name for name in held if name.startswith("netctl/shipped/")}
    assert held - brought == _tree("netctl")
    names = {name.split("/")[2] for name in brought}
    assert {"docs", "profiles", "runbooks", "templates", "README.md"} <= names
    assert {name.removeprefix("netctl/shipped/") for name in brought} == set().union(*map(_tree, names))
    assert archives.wheel.stat().st_size < LARGEST_WHEEL


def test_the_source_distribution_makes_the_same_wheel_as_the_tree(archives: Archives) -> None:
    of_sdist, of_tree = ZipFile(archives.wheel), ZipFile(archives.direct)
    assert of_sdist.namelist() == of_tree.namelist()
    assert all(of_sdist.read(name) == of_tree.read(name) for name in of_tree.namelist())
    with tarfile.open(archives.sdist) as packed:
        names = {name.partition("/")[2] for name in packed.getnames()}
    assert {"pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "tests/conftest.py", "scripts/test"} <= names
    assert not [name for name in names if ".venv" in name or "__pycache__" in name]


def test_an_index_would_take_its_metadata(archives: Archives) -> None:
    wheel = ZipFile(archives.wheel)
    (path,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    told = Metadata.from_email(wheel.read(path), validate=True)
    assert (told.name, str(told.version), told.license_expression) == ("netctl", __version__, "MIT")
    assert told.license_files == ["LICENSE"]
    assert told.summary
    assert "\n" not in told.summary
    assert told.description_content_type == "text/markdown"
    assert told.description is not None
    assert told.description.startswith("# netctl\n")
    assert not [str(each) for each in told.requires_dist or () if each.url]
    assert wheel.read(path.replace("METADATA", "licenses/LICENSE")) == (ROOT / "LICENSE").read_bytes()
    assert b"netctl = netctl.__main__:main" in wheel.read(path.replace("METADATA", "entry_points.txt"))


class Shell:
    """A directory that holds nothing but another netctl, which nothing may import; and netctl on the PATH."""

    def __init__(self, tool: Tool, place: Path) -> None:
        self.tool, self.here = tool, place / "work"
        (self.here / "netctl").mkdir(parents=True)
        (self.here / "netctl" / "__init__.py").write_text("raise SystemExit('imported from the directory')\n")
        self.environ = clean_environ(tool, place / "home")

    def type(self, line: str, *, timeout_s: float = 120) -> Ended:
        """A line as it is typed, and how it ended."""
        done = subprocess.run(
            ["/bin/sh", "-c", line],
            cwd=self.here,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )
        return Ended(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def shell(tool: Tool, tmp_path: Path) -> Iterator[Shell]:
    """An empty directory and an empty HOME; what was started from there is taken down."""
    shell = Shell(tool, tmp_path)
    yield shell
    if (shell.here / ".netctl").exists():
        shell.type("netctl fleet down profiles/day2.yaml --rehearse --purge --yes")


def test_it_knows_how_it_was_installed(shell: Shell) -> None:
    found = shell.type("netctl --version --json").document
    assert found["netctl"] == __version__
    assert (found["installed"]["kind"], found["installed"]["by"]) == ("wheel", "uv tool")
    assert found["installed"]["commit"] is None
    assert found["chain_spec_version"] == 461
    assert found["variables"] == ["COLUMNS", "LANG", "TMUX_TMPDIR"]


def test_nothing_of_it_leads_to_the_checkout(shell: Shell) -> None:
    asked = "import sys, netctl, netctl.cli.app; print(*sys.path, netctl.__file__, sep='\\n')"
    told = subprocess.run(
        [shell.tool.python, "-P", "-c", asked],
        env=shell.environ,
        cwd=shell.here,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert str(ROOT) not in told
    assert Path(told.splitlines()[-1]).is_relative_to(shell.tool.prefix)
    site = Path(told.splitlines()[-1]).parents[1]
    leading = [*site.glob("*.pth"), *site.glob("netctl-*.dist-info/direct_url.json")]
    assert [str(path) for path in leading if str(ROOT) in path.read_text(encoding="utf-8", errors="replace")] == []


@pytest.mark.parametrize(
    "line",
    [
        "netctl chain modelled",
        "netctl chain fault kinds",
        "netctl profile schema",
        "netctl signals list",
        "netctl doctor",
        "netctl runbook list",
        "netctl runbook show tear-down",
        "netctl runbook run day2 --rehearse --dry-run",
        "netctl init --json && netctl runbook run runbooks/tear-down.md --rehearse --dry-run",
        "netctl profile new my-fleet.yaml && netctl profile validate my-fleet.yaml",
    ],
)
def test_what_needs_no_fleet_works(shell: Shell, line: str) -> None:
    ended = shell.type(line)
    assert (ended.code, ended.out != "") == (0, True), ended.err


def test_a_page_that_is_hinted_at_can_be_read(shell: Shell) -> None:
    (shell.here / "bad.yaml").write_text("name: bad\nnetuid: 1\ncriteria: {minimum: {nonsense: '>= 3'}}\n")
    said = shell.type("netctl profile validate bad.yaml").err
    (page,) = set(re.findall(r"[^\s(]*docs/[a-z-]+\.md", said))
    assert Path(page).is_relative_to(shell.tool.prefix)
    assert Path(page).read_text(encoding="utf-8").startswith("# ")


def test_every_command_has_its_help(shell: Shell) -> None:
    summaries = shell.type("netctl --help").out
    verbs = re.findall(r"^  ([a-z]+) +[A-Z]", summaries, re.MULTILINE)
    assert len(verbs) > 25
    ended = shell.type(f"for verb in {' '.join(verbs)}; do netctl $verb --help || exit 9; done")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.count("\nExamples:\n") == len(verbs)


def test_a_chain_is_exported_and_imported_beside_another_netctl(shell: Shell) -> None:
    try:
        made = shell.type("netctl chain up && netctl chain mine 3 && netctl chain export kept.chain")
        assert made.code == 0, made.err
        again = shell.type("netctl chain down && netctl chain import kept.chain && netctl chain up --json")
        assert again.code == 0, again.err
        assert again.document["block"] >= 3
    finally:
        shell.type("netctl chain down")


def test_the_whole_of_the_main_job(shell: Shell) -> None:
    missing = shell.type("netctl fleet up profiles/day2.yaml --rehearse --yes")
    assert missing.code == 2
    copy = missing.err.rpartition("comes with one: ")[2]
    assert shell.type(copy).code == 0, missing.err

    up = shell.type("netctl fleet up profiles/day2.yaml --rehearse --yes", timeout_s=400)
    assert up.code == 0, up.err
    assert [line.split()[0] for line in up.out.splitlines()[1:]] == [*NEURONS]

    again = shell.type("netctl fleet plan profiles/day2.yaml --rehearse --json")
    assert again.document["steps"] == []
    status = shell.type("netctl status --json")
    jsonschema.validate(status.document, STATUS)
    assert (status.code, status.document["ok"]) == (0, True), status.out

    _look_at_processes(shell)
    shell.type("netctl chain warp +20m -p profiles/day2.yaml")
    assert shell.type("netctl logs miner_3").out
    assert shell.type("netctl metagraph").code == 0
    check = shell.type("netctl check --wait 20s --json")
    assert check.code in (0, 1), check.err
    assert {each["name"]: each["ok"] for each in check.document["checks"]}["miners_responding"] is True
    assert shell.type("netctl report --html report.html").code == 0
    assert "<svg" in (shell.here / "report.html").read_text(encoding="utf-8")
    assert shell.type("netctl run list --json").document

    down = shell.type("netctl fleet down --yes")
    assert down.code == 0, down.err
    assert _processes(shell) == []
    assert sorted(path.name for path in Path(shell.environ["HOME"]).iterdir()) == ["tmux"]


def _processes(shell: Shell) -> list[psutil.Process]:
    """Those whose command line or directory is the fleet's."""
    found = []
    for process in psutil.process_iter():
        try:
            words = [*process.cmdline(), process.cwd()]
        except (psutil.Error, OSError):
            continue
        if any(str(shell.here) in word for word in words):
            found.append(process)
    return found


def _look_at_processes(shell: Shell) -> None:
    """The chain, the supervisor and the neurons run by the tool's interpreter, and know nothing of the checkout."""
    found = _processes(shell)
    words = [" ".join(process.cmdline()) for process in found]
    assert sum(line.startswith(f"{shell.tool.python} ") for line in words) >= len(NEURONS) + 2, words
    for process, line in zip(found, words, strict=True):
        told = json.dumps([line, process.cwd(), process.environ()])
        assert str(ROOT) not in told, line


@pytest.mark.skipif(shutil.which("pipx") is None, reason="pipx is not installed")
def test_pipx_installs_it_too(archives: Archives, tmp_path: Path) -> None:
    tool = install_by_pipx(archives.wheel, tmp_path)
    found = Shell(tool, tmp_path).type("netctl --version --json").document
    assert (found["installed"]["kind"], found["installed"]["by"]) == ("wheel", "pipx")
