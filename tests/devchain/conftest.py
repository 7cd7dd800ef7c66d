"""Fixtures of the embedded chain's tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from netctl.devchain.chain import Chain
from tests.devchain.lab import ALICE, Program, Signer, make_chain
from tests.devchain.live_chain import chain_options, live  # noqa: F401


@pytest.fixture
def chain() -> Iterator[Chain]:
    """A chain in this process, in memory, sealed by hand."""
    made = make_chain()
    yield made
    made.close()


@pytest.fixture
def alice(chain: Chain) -> Signer:
    """The endowed sudo account on that chain."""
    return Signer(chain, ALICE)


@pytest.fixture
def start_program(tmp_path: Path) -> Iterator[Callable[..., Program]]:
    """Starts the program on a free port with its own data directory and home; what still runs at the end is killed."""
    started: list[Program] = []

    def start(*args: str, data: Path | None = None) -> Program:
        home = tmp_path / "chain-home"
        home.mkdir(exist_ok=True)
        program = Program(data or tmp_path / f"chain-{len(started)}", home, *args)
        started.append(program)
        return program.start()

    yield start
    for program in started:
        program.end()


@pytest.fixture(scope="module")
def chain_program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """The program with fast blocks, one for all tests of a module: they must not rely on what others leave."""
    directory = tmp_path_factory.mktemp("chain")
    home = directory / "home"
    home.mkdir()
    program = Program(directory / "data", home, "--block-time", "0.05").start()
    yield program
    program.end()
