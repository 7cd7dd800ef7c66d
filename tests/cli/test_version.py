"""`netctl --version`: what a bug report needs, and nothing that is secret."""

from __future__ import annotations

import json
import subprocess
from importlib.metadata import PackageNotFoundError, PathDistribution
from pathlib import Path

import pytest

from netctl import __version__
from netctl.adapters import own_install
from netctl.cli.version_report import telling_variables
from tests.cli.program import call

pytestmark = pytest.mark.fast

LABELS = ["installed", "python", "bittensor", "tmux", "system", "embedded chain", "with", "variables"]


def test_the_first_line_is_the_version_alone(capsys: pytest.CaptureFixture[str]) -> None:
    ended = call(capsys, "--version")
    first, *rest = ended.out.splitlines()
    assert (ended.code, ended.err, first) == (0, "", f"netctl {__version__}")
    assert [line.partition(": ")[0] for line in rest] == LABELS


def test_as_json_it_is_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    ended = call(capsys, "--version", "--json")
    found = ended.document
    assert (ended.code, ended.err) == (0, "")
    assert found["netctl"] == __version__
    assert found["installed"]["kind"] in ("editable", "checkout", "wheel")
    assert found["bittensor"].startswith("11.")
    assert found["chain_spec_version"] == 461
    assert found["packages"]["typer"]
    assert {"pytest", "ruff"} & set(found["packages"]) == set()
    assert found["kernel"] in found["system"]


def test_no_variables_value_is_told(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETCTL_COLDKEY_PASSWORD", "hunter2-hunter2")
    monkeypatch.setenv("BT_WALLET_PATH", "/somebodys/wallets")
    monkeypatch.setenv("RAPIDAPI_KEY", "of-no-concern")
    for words in (["--version"], ["--version", "--json"]):
        out = call(capsys, *words).out
        assert "NETCTL_COLDKEY_PASSWORD" in out
        assert "BT_WALLET_PATH" in out
        assert "RAPIDAPI" not in out
        assert "hunter2" not in out
        assert "somebodys" not in out


def test_variables_that_matter_are_named_whatever_their_case() -> None:
    environ = {"https_proxy": "", "NO_PROXY": "", "TMUX": "", "PYTHONPATH": "", "AWS_SECRET_ACCESS_KEY": "", "PATH": ""}
    assert telling_variables(environ) == ["NO_PROXY", "PYTHONPATH", "TMUX", "https_proxy"]


@pytest.mark.parametrize(
    ("words", "what"),
    [(["--json"], "--json stands behind"), (["--json", "status"], "--json stands behind"), (["-x"], "No such option")],
)
def test_other_words_in_front_of_a_command_are_refused(
    capsys: pytest.CaptureFixture[str], words: list[str], what: str
) -> None:
    ended = call(capsys, *words)
    assert (ended.code, ended.out) == (2, "")
    assert what in ended.err


def _installed(site: Path, **files: str) -> PathDistribution:
    place = site / "netctl-9.dist-info"
    place.mkdir(parents=True)
    for name, text in {"METADATA": "Name: netctl\nVersion: 9\n", **files}.items():
        (place / name.replace("direct_url", "direct_url.json")).write_text(text)
    return PathDistribution(place)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """The package in a checkout that git knows."""
    package = tmp_path / "my checkout" / "netctl"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "begin"]):
        settings = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
        subprocess.run(["git", *settings, *words], cwd=package.parent, check=True)
    return package


def _use(monkeypatch: pytest.MonkeyPatch, found: PathDistribution | None) -> None:
    def distribution(name: str) -> PathDistribution:
        if found is None:
            raise PackageNotFoundError(name)
        return found

    monkeypatch.setattr(own_install, "distribution", distribution)


def test_a_wheel_in_place_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _use(monkeypatch, _installed(tmp_path / "site", INSTALLER="pip\n"))
    told = own_install.own_install(tmp_path / "site" / "netctl", tmp_path)
    assert (told.kind, told.by, told.place, told.code) == ("wheel", "pip", tmp_path / "site" / "netctl", None)


def test_a_wheel_of_a_repository_tells_its_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = json.dumps({"url": "https://example.org/x.git", "vcs_info": {"vcs": "git", "commit_id": "c0ffee"}})
    _use(monkeypatch, _installed(tmp_path / "site", direct_url=url))
    told = own_install.own_install(tmp_path / "site" / "netctl", tmp_path)
    assert told.kind == "wheel"
    assert told.code is not None
    assert told.code.commit == "c0ffee"


@pytest.mark.parametrize(("mark", "by"), [("uv-receipt.toml", "uv tool"), ("pipx_metadata.json", "pipx")])
def test_the_tool_that_made_its_environment_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mark: str, by: str
) -> None:
    (tmp_path / mark).touch()
    _use(monkeypatch, _installed(tmp_path / "site", INSTALLER="uv"))
    assert own_install.own_install(tmp_path / "site" / "netctl", tmp_path).by == by


def test_an_editable_install_tells_its_checkouts_commit_and_changes(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = json.dumps({"url": package.parent.as_uri(), "dir_info": {"editable": True}})
    _use(monkeypatch, _installed(tmp_path / "site", direct_url=url, INSTALLER="uv"))
    (package / "__init__.py").write_text("changed = True\n")
    told = own_install.own_install(package, tmp_path)
    assert (told.kind, told.by, told.place) == ("editable", "uv", package.parent)
    assert told.code is not None
    assert told.code.dirty
    assert told.code.changed == ("netctl/__init__.py",)


def test_a_checkout_beside_an_install_is_no_install(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_another = json.dumps({"url": (tmp_path / "another").as_uri(), "dir_info": {"editable": True}})
    for place, url in (("a", of_another), ("b", "{"), ("c", "[]"), ("", "")):
        _use(monkeypatch, _installed(tmp_path / place, direct_url=url) if place else None)
        told = own_install.own_install(package, tmp_path)
        assert (told.kind, told.by) == ("checkout", None)
        assert told.code is not None
        assert told.code.dirty is False


def test_a_package_without_its_chain_tells_no_spec(tmp_path: Path) -> None:
    assert own_install.chain_spec(tmp_path) is None
    assert own_install.chain_spec() == 461
