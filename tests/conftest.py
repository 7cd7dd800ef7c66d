"""What every test stands on: a HOME of its own, no tmux of the user's, no connection beyond this machine."""

from __future__ import annotations

import ipaddress
import itertools
import os
import random
import shutil
import signal
import socket
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import survivors
from tests.chains import RunningChain, start_chain

GOLDEN = Path(__file__).parent / "golden"

# A shell's background job ignores Ctrl-C, and so would every program that a test starts to press it in.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
OUTSIDE = (Path(__file__).parent.parent / ".netctl", Path.home() / ".bittensor", Path.home() / ".netctl")
# Before another conftest or test is imported: the SDK binds paths below HOME when it is.
HOME = os.environ["HOME"] = tempfile.mkdtemp(prefix="home-of-tests-")
ABSENT = pytest.StashKey[list[Path]]()
LEFT = pytest.StashKey[list[str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the golden files instead of comparing")
    parser.addoption(
        "--slice",
        default=os.environ.get("NETCTL_SLICE", ""),
        help="SEED/PARTS: run a seeded 1/PARTS of the slow campaigns (also NETCTL_SLICE)",
    )
    parser.addoption("--soak-seed", default="", help="which storm tests/soak makes; without it, the slice's or any")
    parser.addoption("--soak-seconds", type=float, help="how long it lasts: 600, or 60 in a slice")


def pytest_configure(config: pytest.Config) -> None:
    survivors.mark()
    config.stash[ABSENT] = [path for path in OUTSIDE if not path.exists()]
    config.stash[LEFT] = []
    config.add_cleanup(lambda: shutil.rmtree(HOME, ignore_errors=True))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run that leaves processes behind, or state in the checkout or the user's home."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        return  # the run that started the workers looks when they are gone
    factory: Any = session.config._tmp_path_factory
    place = factory._basetemp
    alive = survivors.survivors(survivors.mark(), place)
    survivors.end(alive)
    left = session.config.stash[LEFT] = [each.told for each in alive]
    left += [f"{path}, which was not there before" for path in session.config.stash[ABSENT] if path.exists()]
    if left and session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    for line in config.stash[LEFT]:
        terminalreporter.line(f"LEFT BEHIND {line}", red=True)


@pytest.fixture(scope="session")
def sdk_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the SDK keeps metadata in this run: new, since an embedded chain's metadata may have changed."""
    return tmp_path_factory.mktemp("sdk-cache")


@pytest.fixture(scope="session")
def own_places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Directories of which each test takes one. `mktemp` would read all that are there, thousands, for each."""
    parent = tmp_path_factory.mktemp("own")
    return (parent / str(number) for number in itertools.count())


@pytest.fixture(autouse=True)
def own_home(own_places: Iterator[Path], monkeypatch: pytest.MonkeyPatch, sdk_cache: Path) -> Path:
    """Point HOME, the SDK's cache and tmux's sockets at directories of the test; forget the user's variables."""
    place = next(own_places)
    home, sockets = place / "home", place / "t"  # a socket's path may have 107 bytes
    home.mkdir(mode=0o700, parents=True)
    sockets.mkdir(mode=0o700)
    for name in [name for name in os.environ if name.startswith(("NETCTL_", "BT_", "TMUX"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("BITTENSOR_RUNTIME_CACHE_DIR", str(sdk_cache))
    monkeypatch.setenv("TMUX_TMPDIR", str(sockets))
    return home


def _is_near(address: Any) -> bool:
    if not isinstance(address, tuple):
        return True  # a unix socket
    host = address[0]
    if host in ("localhost", ""):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@pytest.fixture(autouse=True, scope="session")
def loopback_only() -> Any:
    """Refuse every connection of this process that would leave the machine."""
    patch = pytest.MonkeyPatch()
    for name in ("connect", "connect_ex"):
        original = getattr(socket.socket, name)

        def guarded(self: socket.socket, address: Any, original: Any = original) -> Any:
            if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_near(address):
                raise AssertionError(f"a test tried to reach {address}")
            return original(self, address)

        patch.setattr(socket.socket, name, guarded)
    resolve = socket.getaddrinfo

    def near_names_only(host: Any, *args: Any, **options: Any) -> Any:
        if host is not None and not _is_near((host.decode() if isinstance(host, bytes) else host, 0)):
            raise AssertionError(f"a test tried to look up {host}")
        return resolve(host, *args, **options)

    patch.setattr(socket, "getaddrinfo", near_names_only)
    yield
    patch.undo()


@pytest.fixture(scope="module")
def devchain(tmp_path_factory: pytest.TempPathFactory, loopback_only: None) -> Iterator[RunningChain]:
    """An embedded chain for the module that makes a block as soon as there is something for it."""
    chain = start_chain(tmp_path_factory.mktemp("devchain") / "data", seal="instant")
    yield chain
    chain.stop()


@pytest.fixture(scope="module")
def still_chain(tmp_path_factory: pytest.TempPathFactory, loopback_only: None) -> Iterator[RunningChain]:
    """An embedded chain for the module whose time stands still until the test mines."""
    chain = start_chain(tmp_path_factory.mktemp("stillchain") / "data", seal="manual")
    yield chain
    chain.stop()


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare a text with tests/golden/NAME; `--update-golden` writes it instead."""

    def check(name: str, text: str) -> None:
        path = GOLDEN / name
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8")

    return check


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With ``--slice SEED/PARTS`` keep a seeded 1/PARTS of each directory's slow tests, one at the least."""
    wanted = config.getoption("--slice")
    if not wanted:
        return
    seed, _, parts = wanted.partition("/")
    suites: dict[Path, list[pytest.Item]] = {}
    for item in items:
        if item.get_closest_marker("slow") is not None and item.get_closest_marker("whole") is None:
            suites.setdefault(item.path.parent.relative_to(config.rootpath), []).append(item)
    chosen: set[pytest.Item] = set()
    for suite, tests in sorted(suites.items()):
        count = -(-len(tests) // int(parts))
        chosen |= set(random.Random(f"{seed} {suite}").sample(tests, count))
    dropped = {item for item in items if item.get_closest_marker("slow") is not None} - chosen
    config.hook.pytest_deselected(items=list(dropped))
    items[:] = [item for item in items if item not in dropped]
