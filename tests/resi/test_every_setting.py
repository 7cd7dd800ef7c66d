"""Take away any one thing that the pack `resi` sets, and something goes wrong that can be named."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.resi.bench import Bench, a_bench
from tests.resi.cases import CASES
from tests.resi.fleet import copied_pack
from tests.resi.settings import of_the_pack, take_away

SETTINGS = of_the_pack()


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A chain with the fleet registered on it, for the module."""
    with a_bench(tmp_path_factory.mktemp("bench")) as found:
        yield found


@pytest.mark.fast
def test_each_setting_of_the_pack_has_its_case() -> None:
    assert sorted(SETTINGS) == sorted(CASES)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("setting", sorted(SETTINGS))
def test_without_it_something_goes_wrong(bench: Bench, tmp_path: Path, setting: str) -> None:
    case = CASES[setting]
    with_it = case.seen(bench, None)
    assert re.search(case.good, with_it), with_it
    assert not re.search(case.bad, with_it), with_it
    without = case.seen(bench, copied_pack(tmp_path, lambda content: take_away(content, SETTINGS[setting])))
    assert re.search(case.bad, without), without
