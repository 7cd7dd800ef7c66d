"""The funding sheet on terminals of several widths: an address is copied from it, so it is whole on every one."""

from __future__ import annotations

import pytest

from netctl.cli import fitting
from netctl.cli.fund_sheet import show_sheet
from netctl.paying.sheet import Line, Sheet

pytestmark = pytest.mark.fast
ADDRESSES = ("5FTdftexGoYGGamLcenFfpToEtYT7icrCoF1BHTCWvNUuR42", "5E9fSc15vzBa4iK6KE8uGVJMAVL4N3tFXgaA5TmToBxpuzYk")
LINES = tuple(
    Line(f"a_wallet_with_a_long_name_{at}", ss58, (f"miner_{at}", f"validator_{at}"), 227_712_773, 1_000_000_000, 1)
    for at, ss58 in enumerate(ADDRESSES)
)
SHEET = Sheet("f", "test", 7, None, 0, LINES, ())


@pytest.mark.parametrize(("wide", "beside"), [(10**6, True), (126, True), (80, False), (40, False)])
def test_no_address_is_cut_on_any_terminal(
    wide: int, beside: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(fitting, "terminal_width", lambda: wide)
    show_sheet(SHEET)
    told = capsys.readouterr().out.splitlines()
    assert ("coldkey" in told[0].split()) is beside
    assert all(any(ss58 in line for line in told) for ss58 in ADDRESSES)
    assert len(told) == (3 if beside else 5)
