"""Building one block: hooks, the Timestamp inherent, operator's grants, extrinsics, events, header."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from netctl.devchain.errors import DispatchError, PoolRejection
from netctl.devchain.execute import apply_extrinsic
from netctl.devchain.extrinsic import Extrinsic, compose_inherent, parse_extrinsic
from netctl.devchain.fees import ACCOUNT, dispatch_info
from netctl.devchain.frame import BlockFrame, World
from netctl.devchain.grants import Grant, Recorder
from netctl.devchain.header import Header, aura_digest, blake2_256, fork_digest, grants_digest
from netctl.devchain.pallet import Pallet
from netctl.devchain.scale import compact, prefixed
from netctl.devchain.state import Changes, next_root
from netctl.devchain.storage import Item
from netctl.devchain.validity import HASHES_KEPT, Candidate, Validity

log = logging.getLogger(__name__)

MAX_EXTRINSICS = 400
MAX_BODY_BYTES = 4 << 20

NUMBER, PARENT_HASH = Item("System", "Number"), Item("System", "ParentHash")
BLOCK_HASH, EVENT_COUNT = Item("System", "BlockHash"), Item("System", "EventCount")
NOW, SLOT = Item("Timestamp", "Now"), Item("Aura", "CurrentSlot")


@dataclass(frozen=True)
class Built:
    """A block that is ready to be stored. `invalid` could not be included and never will."""

    header: Header
    hash: bytes
    body: tuple[bytes, ...]
    changes: Changes
    included: tuple[Extrinsic, ...]
    invalid: tuple[Extrinsic, ...]
    grants: bytes = b""


@dataclass(frozen=True)
class Draft:
    """What a block is to be made of: grants, the extrinsics to choose from, and the head that its fork replaces.

    None for `ready` says the pool's.
    """

    grants: Sequence[Grant] = ()
    ready: Iterable[Candidate] | None = None
    replaces: bytes = b""


def _run_hook(world: World, frame: BlockFrame, hook: Callable[[BlockFrame], None], name: str) -> None:
    """A bug in a hook undoes the hook, loudly, and the block goes on."""
    try:
        with frame.checkpoint():
            hook(frame)
    except Exception:
        log.exception("bug in %s at block %d", name, frame.block)
        world.count_unsupported(f"bug in {name}")


def _open_block(frame: BlockFrame, parent: bytes) -> None:
    NUMBER.put(frame, frame.block)
    PARENT_HASH.put(frame, "0x" + parent.hex())
    BLOCK_HASH.put(frame, "0x" + parent.hex(), frame.block - 1)
    if frame.block > HASHES_KEPT:
        BLOCK_HASH.remove(frame, frame.block - 1 - HASHES_KEPT)
    SLOT.put(frame, frame.now_ms // frame.options.slot_ms)


def _inherent(frame: BlockFrame) -> bytes:
    frame.phase = {"ApplyExtrinsic": 0}
    NOW.put(frame, frame.now_ms)
    frame.emit("System", "ExtrinsicSuccess", {"dispatch_info": dispatch_info("Mandatory")})
    return compose_inherent(frame.codec, "Timestamp", "set", {"now": frame.now_ms})


def _is_next(frame: BlockFrame, extrinsic: Extrinsic) -> bool:
    return extrinsic.signer is None or extrinsic.nonce == int(ACCOUNT.get(frame, extrinsic.signer)["nonce"])


class Author:
    """Builds blocks on one world; keeps nothing between them."""

    def __init__(self, world: World, validity: Validity) -> None:
        self._world = world
        self._validity = validity

    def build(self, parent: Header, parent_hash: bytes, ready: Iterable[Candidate], draft: Draft) -> Built:
        """The block after `parent`, with what of `ready` is valid, in that order."""
        world = self._world
        frame = BlockFrame(world, parent.number + 1)
        _open_block(frame, parent_hash)
        for pallet in world.runtime.pallets:
            if type(pallet).on_initialize is not Pallet.on_initialize:
                _run_hook(world, frame, pallet.on_initialize, f"{pallet.name}.on_initialize")
        record = self._grant(frame, draft.grants) if draft.grants else b""
        body = [_inherent(frame)]
        included, invalid = self._apply_all(frame, body, ready)
        frame.phase = "Finalization"
        for pallet in world.runtime.pallets:
            if type(pallet).on_finalize is not Pallet.on_finalize:
                _run_hook(world, frame, pallet.on_finalize, f"{pallet.name}.on_finalize")
        EVENT_COUNT.put(frame, len(frame.events))
        frame.put_raw(world.codec.storage_key("System", "Events"), frame.encoded_events())
        digest = (
            aura_digest(frame.now_ms // frame.options.slot_ms),
            *([fork_digest(draft.replaces)] if draft.replaces else ()),
            *([grants_digest(record)] if record else ()),
        )
        frame.put_raw(world.codec.storage_key("System", "Digest"), compact(len(digest)) + b"".join(digest))
        changes = world.state.effective(frame.writes)
        header = Header(
            parent_hash,
            frame.block,
            next_root(parent.state_root, changes),
            blake2_256(b"".join(map(prefixed, body))),
            digest,
        )
        return Built(header, header.hash(), tuple(body), changes, tuple(included), tuple(invalid), record)

    def _grant(self, frame: BlockFrame, grants: Sequence[Grant]) -> bytes:
        recorder = Recorder(frame)
        for grant in grants:
            _run_hook(self._world, frame, grant, "a grant")
        return recorder.record()

    def _apply_all(
        self, frame: BlockFrame, body: list[bytes], ready: Iterable[Candidate]
    ) -> tuple[list[Extrinsic], list[Extrinsic]]:
        included: list[Extrinsic] = []
        invalid: list[Extrinsic] = []
        done: set[bytes] = set()
        size = 0
        for candidate in ready:
            if len(body) >= MAX_EXTRINSICS or size + len(candidate.extrinsic.raw) > MAX_BODY_BYTES:
                break
            line: deque[Candidate] = deque([candidate])
            while line:
                each = line.popleft()
                extrinsic = each.extrinsic
                if extrinsic.hash in done:
                    continue
                if not self._is_valid(each, frame):
                    invalid.append(extrinsic)
                    continue
                if not _is_next(frame, extrinsic):
                    continue
                apply_extrinsic(self._world, frame, extrinsic, len(body))
                done.add(extrinsic.hash)
                body.append(extrinsic.raw)
                included.append(extrinsic)
                size += len(extrinsic.raw)
                line.extendleft(reversed(self._take_line(frame)))
        return included, invalid

    def _is_valid(self, candidate: Candidate, frame: BlockFrame) -> bool:
        try:
            self._validity.check(candidate, frame, frame.block)
        except PoolRejection as refusal:
            log.info("extrinsic 0x%s left out of block %d: %s", candidate.extrinsic.hash.hex(), frame.block, refusal)
            return False
        return True

    def _take_line(self, frame: BlockFrame) -> list[Candidate]:
        taken = []
        for raw in frame.next_in_line:
            try:
                taken.append(Candidate(parse_extrinsic(raw, frame.codec)))
            except PoolRejection as refusal:
                log.info("a shielded extrinsic in block %d is none: %s", frame.block, refusal)
        frame.next_in_line.clear()
        return taken


def build_genesis(world: World, write: Callable[[BlockFrame], None]) -> tuple[Header, Changes]:
    """Block 0: what `write` puts into storage, over an identity that makes other options another chain."""
    frame = BlockFrame(world, 0)
    frame.put_raw(b":code", blake2_256(world.codec.v15))
    frame.put_raw(b":devchain:options", world.options.identity())
    NUMBER.put(frame, 0)
    NOW.put(frame, frame.now_ms)
    try:
        write(frame)
    except DispatchError as error:
        raise AssertionError(f"BUG: genesis fails with {error}") from error
    changes = world.state.effective(frame.writes)
    return Header(bytes(32), 0, next_root(bytes(32), changes), blake2_256(b""), ()), changes
