"""`netctl chain up`: what the chain is made with, by option or by profile, and which words contradict each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from netctl.chain_asked import ChainAsked
from netctl.cli.chains import bare_chain
from tests.cli.program import Ended, call, run, small_profile

REHEARSED = "rehearsal: {block_time: 0.5, registration: windows, compat: false}\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with a profile whose rehearsal has a chain of its own kind."""
    (tmp_path / "small.yaml").write_text(small_profile() + REHEARSED)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refused(ended: Ended) -> tuple[str, str]:
    """The two lines of a usage error."""
    assert ended.code == 2, ended.err
    error, hint = ended.err.splitlines()
    return error.removeprefix("error: "), hint.removeprefix("hint: ")


@pytest.mark.fast
@pytest.mark.parametrize(
    ("words", "said", "wanted"),
    [
        ("--block-time 1", "--block-time against rehearsal.block_time: 0.5", "rehearsal.block_time: 1"),
        ("--first-netuid 5", "--first-netuid against netuid: 428", "netuid: 5"),
        ("--registration price", "--registration against rehearsal.registration: windows", "registration: price"),
        ("--compat", "--compat against rehearsal.compat: false", "rehearsal.compat: true"),
        ("--block-time 1 --compat --registration windows", "--compat against", "1 and rehearsal.compat: true in"),
    ],
)
def test_an_option_against_the_profile_is_refused_with_the_field_to_write(
    words: str, said: str, wanted: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    error, hint = refused(call(capsys, "chain", "up", "-p", "small.yaml", *words.split()))
    assert said in error
    assert wanted in hint
    assert not (here / ".netctl").exists(), "nothing was started"


@pytest.mark.fast
@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--engine docker --block-time 1 --no-compat", "--block-time, --no-compat: the embedded chain's"),
        ("--engine docker --first-netuid 5", "--first-netuid: the embedded chain's"),
        ("--no-fast-blocks", "--no-fast-blocks is the localnet's"),
        ("--fast-blocks -p small.yaml", "--fast-blocks is the localnet's"),
    ],
)
def test_the_other_engine_s_options_are_refused(
    words: str, said: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    error, hint = refused(call(capsys, "chain", "up", *words.split()))
    assert said in error
    assert "--engine docker" in hint
    assert not (here / ".netctl").exists()


@pytest.mark.fast
@pytest.mark.parametrize("words", ["--first-netuid 0", "--first-netuid 65536", "--block-time 0"])
def test_what_no_chain_can_have_is_a_usage_error(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(capsys, "chain", "up", *words.split()).code == 2


@pytest.mark.fast
def test_the_bare_chain_is_as_asked_and_as_ever_where_nothing_was() -> None:
    plain, asked = bare_chain(), bare_chain(ChainAsked(7, 2.0, "windows", compat=False))
    assert (plain.netuid, plain.block_time_s, plain.chain_registration, plain.chain_compat) == (1, 0.25, "price", True)
    assert (asked.netuid, asked.block_time_s, asked.chain_registration, asked.chain_compat) == (
        7,
        2.0,
        "windows",
        False,
    )


@pytest.mark.slow
def test_a_rehearsal_s_chain_is_what_its_profile_says_and_options_that_agree_are_heard(here: Path) -> None:
    agreeing = ["--block-time", "0.5", "--first-netuid", "428", "--registration", "windows", "--no-compat"]
    up = run("chain", "up", "-p", "small.yaml", *agreeing, "--json", cwd=here)
    try:
        assert up.code == 0, up.err
        told = up.document
        assert (told["block_time_s"], told["compat"]) == (0.5, False)
        assert "no compat" in run("chain", "status", "-p", "small.yaml", cwd=here).out
    finally:
        run("fleet", "down", "small.yaml", "--rehearse", "--purge", "--yes", cwd=here)


@pytest.mark.slow
def test_the_bare_chain_s_metadata_is_switched(tmp_path: Path) -> None:
    up = run("chain", "up", "--no-compat", "--json", cwd=tmp_path)
    try:
        assert up.code == 0, up.err
        assert up.document["compat"] is False
    finally:
        run("chain", "down", cwd=tmp_path)
    other = run("chain", "up", cwd=tmp_path)
    run("chain", "down", cwd=tmp_path)
    assert other.code == 8
    assert "compat False there, True here" in other.err
