"""What is changed in the real runtime's metadata, and why: each edit has its reason, which the manifest repeats.

Added items are ours to shape where the SDK tells no more than a name: their keys, hashers and call numbers are not
the real chain's, and clients follow the metadata. Real metadata should replace them as soon as it can be had.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from netctl.devchain.metadata import (
    Composite,
    Field,
    MapEntry,
    Metadata,
    PlainEntry,
    Sequence,
    StorageItem,
    Tuple,
    Type,
    TypeDef,
    Variant,
    Variants,
)
from netctl.devchain.registry import U8, U16, U64, Registry

IDENTITY, BLAKE2_128_CONCAT = 6, 2
SUBTENSOR = "SubtensorModule"


@dataclass(frozen=True)
class Patch:
    """One edit: what it does, why, and the function that does it in place."""

    what: str
    why: str
    apply: Callable[[Metadata], None]


def strip_docs(metadata: Metadata) -> None:
    """Drop every doc string: of types, variants, fields, storage items, constants, pallets and APIs."""
    for each in metadata.types:
        each.docs = []
        if isinstance(each.definition, Variants):
            for variant in each.definition.variants:
                variant.docs = []
                _strip_fields(variant.fields)
        elif isinstance(each.definition, Composite):
            _strip_fields(each.definition.fields)
    for pallet in metadata.pallets:
        pallet.docs = []
        for item in pallet.storage.entries if pallet.storage is not None else ():
            item.docs = []
        for constant in pallet.constants:
            constant.docs = []
    for api in metadata.apis:
        api.docs = []
        for method in api.methods:
            method.docs = []


def _strip_fields(fields: list[Field]) -> None:
    for each in fields:
        each.docs = []


def _type(metadata: Metadata, definition: TypeDef, path: list[str] | None = None) -> int:
    """The id of this type, added to the registry if it is not there."""
    wanted = path or []
    for each in metadata.types:
        if each.definition == definition and each.path == wanted:
            return each.id
    metadata.types.append(Type(len(metadata.types), wanted, [], definition))
    return len(metadata.types) - 1


def _epoch_consensus(metadata: Metadata) -> int:
    variants = [Variant("Yuma", [], 0), Variant("Null", [], 1)]
    return _type(metadata, Variants(variants), ["pallet_subtensor", "pallet", "EpochConsensus"])


def _add_storage(
    metadata: Metadata, pallet: str, name: str, value: int, *, key: str | None = None, default: bytes | None = None
) -> None:
    """Add an item unless it is there: plain, or a map by `key`; optional without a default."""
    registry = Registry(metadata)
    storage = registry.pallet(pallet).storage
    if storage is None or any(item.name == name for item in storage.entries):
        return
    kind: PlainEntry | MapEntry = PlainEntry(value)
    if key is not None:
        hasher = IDENTITY if key == "NetUid" else BLAKE2_128_CONCAT
        kind = MapEntry([hasher], registry.find(key), value)
    storage.entries.append(StorageItem(name, 0 if default is None else 1, kind, b"\0" if default is None else default))


def _add_call(metadata: Metadata, pallet: str, name: str, *fields: tuple[str, int, str]) -> None:
    calls = Registry(metadata).pallet(pallet).calls
    if calls is None:
        raise KeyError(f"pallet {pallet} has no calls")
    variants = Registry(metadata).variants(calls).variants
    if all(variant.name != name for variant in variants):
        index = max(variant.index for variant in variants) + 1
        variants.append(Variant(name, [Field(label, type_id, spelled) for label, type_id, spelled in fields], index))


def add_consensus_mode(metadata: Metadata) -> None:
    """SubnetEpochConsensus and its setter."""
    mode = _epoch_consensus(metadata)
    netuid = Registry(metadata).find("NetUid")
    _add_storage(metadata, SUBTENSOR, "SubnetEpochConsensus", mode, key="NetUid", default=b"\0")
    fields = (("netuid", netuid, "NetUid"), ("mode", mode, "EpochConsensus"))
    _add_call(metadata, "AdminUtils", "sudo_set_epoch_consensus", *fields)


def add_pow_register(metadata: Metadata) -> None:
    """pow_register and the block of a hotkey's last proof."""
    registry = Registry(metadata)
    u64 = registry.primitive(U64)
    work = _type(metadata, Sequence(registry.primitive(U8)))
    _add_storage(metadata, SUBTENSOR, "LastPowRegistrationBlock", u64, key="AccountId32")
    fields = (
        ("netuid", registry.find("NetUid"), "NetUid"),
        ("work_block", u64, "u64"),
        ("nonce", u64, "u64"),
        ("work", work, "Vec<u8>"),
        ("hotkey", registry.find("AccountId32"), "T::AccountId"),
    )
    _add_call(metadata, SUBTENSOR, "pow_register", *fields)


def add_null_pruning(metadata: Metadata) -> None:
    """What the SDK reads of subnets that skip consensus."""
    registry = Registry(metadata)
    u16, u64 = registry.primitive(U16), registry.primitive(U64)
    _add_storage(metadata, SUBTENSOR, "NullPruningTarget", u16, key="NetUid")
    _add_storage(metadata, SUBTENSOR, "SavedYumaMaxAllowedValidators", u16, key="NetUid")
    _add_storage(metadata, SUBTENSOR, "LastYumaStepBlock", u64, key="NetUid", default=bytes(8))
    fields = (("netuid", registry.find("NetUid"), "NetUid"), ("target", u16, "u16"))
    _add_call(metadata, "AdminUtils", "sudo_trim_null_uids_batch", *fields)


def add_baskets(metadata: Metadata) -> None:
    """Limits of root baskets, their setters and swap_basket_many."""
    registry = Registry(metadata)
    u16, u64 = registry.primitive(U16), registry.primitive(U64)
    netuid, account = registry.find("NetUid"), registry.find("AccountId32")
    for name, value, size in (
        ("BasketMinTradeTao", u64, 8),
        ("BasketClaimRowDustCapTao", u64, 8),
        ("BasketClaimRowDustBps", u16, 2),
        ("BasketClaimSliceDustTao", u64, 8),
        ("BasketClaimForfeitCapTao", u64, 8),
    ):
        _add_storage(metadata, SUBTENSOR, name, value, default=bytes(size))
    used = _type(metadata, Tuple([u64, u64]))
    _add_storage(metadata, SUBTENSOR, "BasketLiquidityUsed", used, key="NetUid", default=bytes(16))
    leg = _type(metadata, Tuple([netuid, netuid, u64, u64]))
    legs = _type(metadata, Sequence(leg))
    fields = (("hotkey", account, "T::AccountId"), ("legs", legs, "Vec<(NetUid, NetUid, u64, u64)>"))
    _add_call(metadata, SUBTENSOR, "swap_basket_many", *fields)
    _add_call(metadata, "AdminUtils", "sudo_set_basket_min_trade_tao", ("min_trade_rao", u64, "u64"))
    dust = [("row_cap_rao", u64, "u64"), ("row_bps", u16, "u16"), ("slice_rao", u64, "u64")]
    _add_call(metadata, "AdminUtils", "sudo_set_basket_claim_dust", *dust, ("forfeit_cap_rao", u64, "u64"))


def add_other_storage(metadata: Metadata) -> None:
    """Single items of newer runtimes."""
    registry = Registry(metadata)
    netuid, account = registry.find("NetUid"), registry.find("AccountId32")
    u64, tao, alpha = registry.primitive(U64), registry.find("TaoBalance"), registry.find("AlphaBalance")
    _add_storage(metadata, SUBTENSOR, "StakeMoveCooldownUntil", u64, key="AccountId32", default=bytes(8))
    escrow = _type(metadata, Tuple([account, tao]))
    _add_storage(metadata, SUBTENSOR, "NetworkRegistrationEscrow", escrow, key="NetUid")
    _add_storage(metadata, SUBTENSOR, "SubnetLeaseUnpaidDividends", alpha, key="NetUid", default=bytes(8))
    cursor = _type(metadata, Tuple([netuid, account]))
    _add_storage(metadata, "Commitments", "TimelockRevealCursor", cursor)


def add_what_older_clients_read(metadata: Metadata) -> None:
    """AlphaSqrtPrice and RootClaimType: the runtime had them while SDK 9 and 10 were made."""
    registry = Registry(metadata)
    increase = registry.storage(SUBTENSOR, "BurnIncreaseMult").kind  # a U64F64, as the root of the price was
    _add_storage(metadata, "Swap", "AlphaSqrtPrice", increase.value, key="NetUid", default=bytes(16))
    netuids = next(
        each.id
        for each in metadata.types
        if each.path == ["BTreeSet"] and [param.type for param in each.params] == [registry.find("NetUid")]
    )
    kinds = [
        Variant("Swap", [], 0),
        Variant("Keep", [], 1),
        Variant("KeepSubnets", [Field("subnets", netuids, "BTreeSet<NetUid>")], 2),
    ]
    kind = _type(metadata, Variants(kinds), ["pallet_subtensor", "pallet", "RootClaimTypeEnum"])
    _add_storage(metadata, SUBTENSOR, "RootClaimType", kind, key="AccountId32", default=b"\0")


ERRORS_FROM_160 = (
    "RootWeightCapExceeded",
    "BasketDepositPending",
    "InvalidBatchLength",
    "TooManyStakingHotkeys",
    "ColdkeySwapTooHeavy",
    "BasketConcentrationCapExceeded",
    "BasketTradingDisabled",
    "BasketTradingFrozen",
    "BasketTurnoverBudgetExceeded",
    "BasketSameSubnet",
    "BasketLiquidityCapExceeded",
    "BasketMinOutNotMet",
    "BasketSwapBatchEmpty",
    "CommitPayloadTooLarge",
    "CommitQueueFull",
)


def renumber_errors(metadata: Metadata) -> None:
    """SubtensorModule's errors from 160 on, as the SDK's catalogue numbers them."""
    error = Registry(metadata).pallet(SUBTENSOR).error
    if error is None:
        raise KeyError(f"pallet {SUBTENSOR} has no errors")
    definition = Registry(metadata).variants(error)
    kept = [variant for variant in definition.variants if variant.index < 160]
    definition.variants = kept + [Variant(name, [], 160 + at) for at, name in enumerate(ERRORS_FROM_160)]


SDK = "SDK 11.3.0 is newer than runtime 461 and "
PATCHES: tuple[Patch, ...] = (
    Patch("drop all doc strings", "facts are packed, not sentences; names of errors stay", strip_docs),
    Patch(
        "add SubnetEpochConsensus, sudo_set_epoch_consensus", SDK + "reads it for every set_weights", add_consensus_mode
    ),
    Patch(
        "add pow_register, LastPowRegistrationBlock", SDK + "registers by proof of work through them", add_pow_register
    ),
    Patch("add NullPruningTarget and its like", SDK + "reads them in its sudo commands", add_null_pruning),
    Patch("add basket limits and swap_basket_many", SDK + "lists them", add_baskets),
    Patch("add single storage items", SDK + "lists them", add_other_storage),
    Patch(
        "add Swap.AlphaSqrtPrice and RootClaimType",
        "SDK 9 and 10 and bittensor-cli 9 are older than runtime 461 and read them for subnets and stake",
        add_what_older_clients_read,
    ),
    Patch("renumber SubtensorModule errors from 160", SDK + "numbers them so", renumber_errors),
)


def apply_patches(metadata: Metadata) -> None:
    """All patches, in order, in place."""
    for patch in PATCHES:
        patch.apply(metadata)
