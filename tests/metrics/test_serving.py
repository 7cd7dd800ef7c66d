"""The endpoint: on loopback only, anew for each scrape, and there when the store is not."""

from __future__ import annotations

import urllib.request
from dataclasses import replace
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from netctl.errors import PrerequisiteError, StoreError, UsageError
from netctl.metrics.reading import Reader
from netctl.metrics.serving import endpoint, place_of
from netctl.store.database import change, opened
from tests.metrics.stored import NOW, RUN, full
from tests.store.written import event, look

pytestmark = pytest.mark.fast


class ClockAt:
    """A clock that stands still."""

    def now(self) -> float:
        return NOW + 1

    async def sleep(self, seconds: float) -> None:
        raise NotImplementedError


@pytest.fixture
def state(tmp_path: Path) -> Path:
    with full(tmp_path / "day2-rehearsal"):
        return tmp_path / "day2-rehearsal"


def scraped(url: str) -> dict[str, list[float]]:
    """The values of each name."""
    with urllib.request.urlopen(url, timeout=10) as answer:
        assert answer.headers["Content-Type"].startswith("text/plain")
        families = text_string_to_metric_families(answer.read().decode())
        return {s.name: [each.value for each in family.samples] for family in families for s in family.samples}


def test_each_scrape_reads_anew(state: Path) -> None:
    with endpoint(Reader(state, ClockAt()).read_or_nothing, "127.0.0.1", 0) as url:
        assert scraped(url)["netctl_chain_block"] == [400]
        with opened(state / "metrics.db") as store, change(store):
            look(store, NOW + 1, block=401)
            for _ in range(2):
                event(store, "miner_1", "scraped", NOW, role="miner")
        found = scraped(url)
        assert (found["netctl_chain_block"], found["netctl_events_total"]) == ([401], [4, 2])


def test_a_store_that_is_gone_is_told_and_its_follower_is_read(state: Path) -> None:
    reader = Reader(state, ClockAt())
    with endpoint(reader.read_or_nothing, "127.0.0.1", 0) as url:
        assert scraped(url)["netctl_sampled"] == [1]
        for path in state.glob("metrics.db*"):
            path.unlink()
        assert scraped(url) == {"netctl_sampled": [0]}
        with pytest.raises(StoreError):
            reader.read()
        with opened(state / "metrics.db") as store, change(store):
            look(store, NOW, block=7)
            event(store, "miner_1", "scraped", NOW, role="miner")
        found = scraped(url)
        assert (found["netctl_chain_block"], found["netctl_events_total"]) == ([7], [1])


def test_the_run_that_is_told_is_the_last(state: Path) -> None:
    subject, _ = Reader(state, ClockAt()).read()
    assert (subject.fleet, subject.run) == ("day2-rehearsal", replace(RUN, profile=replace(RUN.profile, text="")))


def test_a_run_whose_record_cannot_be_read_hides_no_sample(state: Path) -> None:
    with opened(state / "metrics.db") as store:
        store.execute("UPDATE runs SET facts = '{}'")
    subject, seen = Reader(state, ClockAt()).read()
    assert (subject.run, seen.sampled) == (None, NOW)


def test_a_port_that_is_taken_is_told(state: Path) -> None:
    read = Reader(state, ClockAt()).read
    with endpoint(read, "127.0.0.1", 0) as url:
        port = int(url.rpartition(":")[2].partition("/")[0])
        with pytest.raises(PrerequisiteError, match="cannot be listened at"), endpoint(read, "127.0.0.1", port):
            pass


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("127.0.0.1:9428", ("127.0.0.1", 9428)),
        (":9429", ("127.0.0.1", 9429)),
        ("9429", ("127.0.0.1", 9429)),
        ("localhost:1", ("127.0.0.1", 1)),
        ("[::1]:9428", ("::1", 9428)),
        ("127.1.2.3:80", ("127.1.2.3", 80)),
    ],
)
def test_a_place_on_loopback_is_taken(text: str, place: tuple[str, int]) -> None:
    assert place_of(text) == place


@pytest.mark.parametrize("text", ["0.0.0.0:9428", "192.168.0.1:80", "example.org:80", "[::]:80", "*:80"])
def test_a_place_off_loopback_is_refused_with_the_way_to_reach_it(text: str) -> None:
    with pytest.raises(UsageError, match="is not on loopback") as refused:
        place_of(text)
    assert "ssh -L" in refused.value.hint


@pytest.mark.parametrize("text", ["", "127.0.0.1:", "127.0.0.1:http", "127.0.0.1:70000", "127.0.0.1:-1"])
def test_what_is_no_place_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="no place to listen at"):
        place_of(text)
