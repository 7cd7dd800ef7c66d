"""State in the head, in the window behind it, and in the block being built."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netctl.devchain.chain import Chain
from netctl.devchain.errors import DispatchError
from netctl.devchain.frame import BlockFrame, BlockView
from netctl.devchain.state import State, StateDiscarded, after_prefix, next_root, slice_page
from netctl.devchain.store import Store, StoredBlock, Written

pytestmark = pytest.mark.fast

KEYS = st.binary(min_size=1, max_size=3)
BLOCKS = st.lists(st.dictionaries(KEYS, st.none() | st.binary(max_size=2), max_size=5), max_size=8)


class Ledger:
    """A store and its state, sealing plain changes."""

    def __init__(self, keep: int = 100, directory: Path | None = None) -> None:
        self.keep = keep
        self.store = Store(directory)
        self.state = State(self.store, keep)

    def seal(self, changes: dict[bytes, bytes | None]) -> None:
        number = self.state.number + 1
        effective = self.state.effective(changes)
        block = StoredBlock(number, number.to_bytes(32, "big"), b"header", ())
        self.store.write([Written(block, effective, self.state.undo_of(effective))], self.keep)
        self.state.apply(number, effective)


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    made = Ledger()
    yield made
    made.store.close()


@given(blocks=BLOCKS, prefix=st.binary(max_size=2))
def test_every_block_in_the_window_reads_as_it_was_sealed(
    blocks: list[dict[bytes, bytes | None]], prefix: bytes
) -> None:
    ledger, model, history = Ledger(), {}, [{}]
    for changes in blocks:
        ledger.seal(changes)
        model = {key: value for key, value in {**model, **changes}.items() if value is not None}
        history.append(model)
    for number, wanted in enumerate(history):
        assert {key: ledger.state.get_at(key, number) for key in wanted} == wanted
        keys = sorted(key for key in wanted if key.startswith(prefix))
        assert ledger.state.page_at(prefix, None, None, number) == keys
        assert ledger.state.page_at(prefix, keys[0] if keys else None, 2, number) == keys[1:3]
    ledger.store.close()


def test_state_is_discarded_when_it_leaves_the_window() -> None:
    ledger = Ledger(keep=3)
    for number in range(1, 6):
        ledger.seal({b"k": bytes([number])})
    assert ledger.state.get_at(b"k", 3) == b"\x03"
    ledger.state.check_kept(3)
    with pytest.raises(StateDiscarded):
        ledger.state.check_kept(2)
    kept = ledger.store._sql.execute("SELECT min(number) FROM undo").fetchone()[0]
    assert kept == 3
    ledger.store.close()


def test_writes_that_change_nothing_leave_no_trace(ledger: Ledger) -> None:
    ledger.seal({b"a": b"1"})
    assert ledger.state.effective({b"a": b"1", b"b": None, b"c": b"2"}) == {b"c": b"2"}


@pytest.mark.parametrize(("prefix", "end"), [(b"a", b"b"), (b"a\xff", b"b"), (b"\xff\xff", b"\xff" * 64)])
def test_prefix_ends_before_the_next_one(prefix: bytes, end: bytes) -> None:
    assert after_prefix(prefix) == end


def test_pages_begin_after_the_start_and_stay_in_the_prefix() -> None:
    keys = [b"a", b"ab", b"abc", b"ac", b"b"]
    assert slice_page(keys, b"a", None, None) == [b"a", b"ab", b"abc", b"ac"]
    assert slice_page(keys, b"ab", b"ab", None) == [b"abc"]
    assert slice_page(keys, b"a", b"a", 2) == [b"ab", b"abc"]
    assert slice_page(keys, b"a", b"z", 2) == []


def test_root_depends_on_every_key_value_and_deletion() -> None:
    roots = {
        next_root(bytes(32), changes)
        for changes in ({}, {b"a": b""}, {b"a": None}, {b"a": b"\0"}, {b"a\0": b""}, {b"": b"a"})
    }
    assert len(roots) == 6
    assert next_root(b"\1" * 32, {}) not in roots


def _fail_after_writing(frame: BlockFrame) -> None:
    with frame.checkpoint():
        frame.put_raw(b"kept", b"2")
        frame.remove_raw(b"inner")
        frame.put_raw(b"new", b"3")
        frame.emit("Utility", "ItemCompleted")
        frame.include_next(b"raw")
        raise DispatchError("NotEnoughBalanceToStake")


def test_checkpoint_rolls_state_events_and_line_back_when_a_call_fails(chain: Chain) -> None:
    frame = BlockFrame(chain.world, 1)
    frame.put_raw(b"kept", b"1")
    with frame.checkpoint():
        frame.put_raw(b"inner", b"1")
        with pytest.raises(DispatchError):
            _fail_after_writing(frame)
    assert frame.writes == {b"kept": b"1", b"inner": b"1"}
    assert frame.events == []
    assert frame.next_in_line == []


def test_pages_of_a_block_being_built_hold_its_own_writes(chain: Chain) -> None:
    frame = BlockFrame(chain.world, 1)
    sealed = frame.page(b"", limit=3)
    frame.remove_raw(sealed[0])
    frame.put_raw(b"\0new", b"1")
    assert frame.page(b"", limit=3) == [b"\0new", sealed[1], sealed[2]]
    assert BlockView(chain.world, 0).page(b"", limit=3) == sealed
