"""Answers to runtime API calls: modelled ones, and a zero of the declared type for every other that exists."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable

from netctl.devchain.codec import ApiMethod
from netctl.devchain.errors import PoolRejection
from netctl.devchain.extrinsic import parse_extrinsic
from netctl.devchain.fees import PROOF_SIZE, REF_TIME, fee_rao
from netctl.devchain.frame import BlockView, World
from netctl.devchain.scale import prefixed

log = logging.getLogger(__name__)

CACHE_BYTES = 8 << 20
ENTRY_BYTES = 512


ANSWERED_HERE = frozenset(
    {
        "Metadata_metadata",
        "Metadata_metadata_at_version",
        "Metadata_metadata_versions",
        "TransactionPaymentApi_query_info",
        "TransactionPaymentApi_query_fee_details",
    }
)
"""Runtime API methods that this module answers itself."""


class BadQuery(ValueError):
    """No such API in the metadata, or arguments that are none of its."""


class Answer:
    """One answer: its bytes, and, once somebody asked for it, its JSON text, a quoted hex string."""

    __slots__ = ("_text", "raw", "size")

    def __init__(self, raw: bytes, data_length: int) -> None:
        self.raw = raw
        self.size = 3 * len(raw) + data_length + ENTRY_BYTES
        """Bytes that it takes up at most, its text and its place in the cache counted in."""
        self._text: str | None = None

    @property
    def text(self) -> str:
        """The answer as JSON."""
        if self._text is None:
            self._text = f'"0x{self.raw.hex()}"'
        return self._text


class Queries:
    """Runtime API calls on one world, answers cached by block and arguments."""

    def __init__(self, world: World, v14: Callable[[], bytes]) -> None:
        self._world = world
        self._v14 = v14
        self._cache: OrderedDict[tuple[int, str, bytes], Answer] = OrderedDict()
        self._cached_bytes = 0

    def call(self, name: str, data: bytes, number: int) -> bytes:
        """The encoded answer at a block; BadQuery if there is nothing to answer."""
        return self.answer(name, data, number).raw

    def answer(self, name: str, data: bytes, number: int) -> Answer:
        """The same, with its text for clients, which is made once for all who ask."""
        key = (number, name, data)
        cached = self._cache.get(key)
        if cached is not None:
            self._cache.move_to_end(key)
            return cached
        answer = Answer(self._answer(name, data, number), len(data))
        self._cache[key] = answer
        self._cached_bytes += answer.size
        while self._cached_bytes > CACHE_BYTES:
            _, old = self._cache.popitem(last=False)
            self._cached_bytes -= old.size
        return answer

    def forget(self) -> None:
        """Blocks were replaced: answers are for numbers, and these now mean others."""
        self._cache.clear()
        self._cached_bytes = 0

    def _answer(self, name: str, data: bytes, number: int) -> bytes:
        match name:
            case "Metadata_metadata_at_version":
                return self._metadata(int.from_bytes(data, "little"))
            case "Metadata_metadata_versions":
                return b"\x08" + (14).to_bytes(4, "little") + (15).to_bytes(4, "little")
            case "Metadata_metadata":
                return prefixed(self._v14())
        method = self._world.codec.apis.get(name)
        if method is None:
            self._world.count_unsupported(f"api {name}")
            raise BadQuery(f"Exported method {name} is not found")
        match name:
            case "TransactionPaymentApi_query_info":
                return self._fee(method, data, "query_info")
            case "TransactionPaymentApi_query_fee_details":
                return self._fee(method, data, "query_fee_details")
        return self._modelled(name, method, data, number)

    def _metadata(self, version: int) -> bytes:
        if version not in (14, 15):
            return b"\0"
        return b"\1" + prefixed(self._v14() if version == 14 else self._world.codec.v15)

    def _modelled(self, name: str, method: ApiMethod, data: bytes, number: int) -> bytes:
        world = self._world
        api, _, function = name.partition("_")
        if world.runtime.models(api, function):
            args = self._arguments(name, method, data)
            # A client of a runtime API that exists must never see an error: the SDK's reads hang on one.
            try:
                value = world.runtime.query(BlockView(world, number), api, function, args)
                return b"\0" if value is None else world.codec.encode(method.output, value)
            except Exception:
                log.exception("bug in runtime API %s at block %d", name, number)
                world.count_unsupported(f"bug in api {name}")
        else:
            world.count_unsupported(f"api {name}")
        return world.codec.encode(method.output, world.codec.zero(method.output))

    def _arguments(self, name: str, method: ApiMethod, data: bytes) -> dict[str, object]:
        names = [each for each, _ in method.inputs]
        types = [each for _, each in method.inputs]
        if not types:
            return {}
        codec = self._world.codec
        try:
            if len(types) == 1:
                return {names[0]: codec.decode(types[0], data)}
            return dict(zip(names, codec.decode(f"({', '.join(types)})", data), strict=True))
        except (ValueError, TypeError) as exc:
            raise BadQuery(f"Bad input data provided to {name}: {exc}") from exc

    def _fee(self, method: ApiMethod, data: bytes, kind: str) -> bytes:
        codec = self._world.codec
        try:
            extrinsic = parse_extrinsic(data[:-4], codec)
        except PoolRejection as exc:
            raise BadQuery(f"Bad input data provided to {kind}: {exc}") from exc
        fee = fee_rao(extrinsic, self._world.runtime.rule(*extrinsic.name))
        if kind == "query_info":
            weight = {"ref_time": REF_TIME, "proof_size": PROOF_SIZE}
            return codec.encode(method.output, {"weight": weight, "class": "Normal", "partial_fee": fee})
        length = min(fee, len(extrinsic.raw))
        parts = {"base_fee": 0, "len_fee": length, "adjusted_weight_fee": fee - length}
        return codec.encode(method.output, {"inclusion_fee": parts, "tip": extrinsic.tip})
