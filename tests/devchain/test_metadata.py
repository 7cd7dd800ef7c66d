"""The metadata codec, the patches and the pack that the package carries."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import runpy
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from bittensor_core import Runtime

from netctl.devchain.metadata import Variants, decode_metadata, encode_metadata
from netctl.devchain.options import ChainOptions
from netctl.devchain.patches import ERRORS_FROM_160, PATCHES, apply_patches, strip_docs
from netctl.devchain.registry import Registry
from netctl.devchain.runtime import pack, packed_runtime, set_slot, unpack
from netctl.devchain.scale import Truncated

pytestmark = pytest.mark.fast

DATA = files("netctl.devchain").joinpath("data")
REBUILD = Path(__file__).parents[2] / "scripts" / "rebuild_metadata.py"


@pytest.fixture(scope="module")
def versions() -> tuple[bytes, bytes]:
    return unpack(DATA.joinpath("runtime-461.xz").read_bytes())


def test_both_versions_round_trip_byte_for_byte(versions: tuple[bytes, bytes]) -> None:
    for raw in versions:
        assert encode_metadata(decode_metadata(raw)) == raw


def test_pack_is_small_reproducible_and_as_the_manifest_says(versions: tuple[bytes, bytes]) -> None:
    packed = DATA.joinpath("runtime-461.xz").read_bytes()
    manifest = json.loads(DATA.joinpath("manifest.json").read_text())
    assert len(packed) < 60_000
    assert pack(*versions) == packed
    assert hashlib.sha256(packed).hexdigest() == manifest["pack"]["sha256"]
    for name, raw in zip(("v15", "v14"), versions, strict=True):
        assert hashlib.sha256(raw).hexdigest() == manifest["metadata"][name]["packed_sha256"]
    assert [edit["what"] for edit in manifest["edits"]] == [patch.what for patch in PATCHES]


def test_no_sentence_is_packed_and_error_names_are(versions: tuple[bytes, bytes]) -> None:
    metadata = decode_metadata(versions[0])
    owners = [*metadata.types, *metadata.pallets, *metadata.apis]
    owners += [method for api in metadata.apis for method in api.methods]
    for each in metadata.types:
        if isinstance(each.definition, Variants):
            owners += each.definition.variants
    assert len(owners) > 2500
    assert all(owner.docs == [] for owner in owners)
    assert Registry(metadata).error_index("SubtensorModule", "NotEnoughBalanceToStake")[0] == 7


def _documented(each: Any) -> Iterator[Any]:
    """Everything below a part of the metadata that has doc strings."""
    if isinstance(each, list):
        for item in each:
            yield from _documented(item)
    elif dataclasses.is_dataclass(each):
        if hasattr(each, "docs"):
            yield each
        for field in dataclasses.fields(each):
            yield from _documented(getattr(each, field.name))


def test_docs_are_stripped_wherever_they_may_be(versions: tuple[bytes, bytes]) -> None:
    for raw in versions:
        metadata = decode_metadata(raw)
        for each in _documented(metadata):
            each.docs = ["a sentence"]
        strip_docs(metadata)
        assert encode_metadata(metadata) == raw


def test_patches_change_nothing_when_they_are_there_already(versions: tuple[bytes, bytes]) -> None:
    for raw in versions:
        metadata = decode_metadata(raw)
        apply_patches(metadata)
        assert encode_metadata(metadata) == raw


def test_patched_errors_have_the_sdk_catalogue_s_numbers() -> None:
    from bittensor._generated.errors import ERRORS

    wanted = {index: info.name for (pallet, index), info in ERRORS.items() if pallet == 7 and index >= 160}
    assert wanted == {160 + at: name for at, name in enumerate(ERRORS_FROM_160)}


def test_everything_that_the_sdk_lists_is_in_the_metadata() -> None:
    from bittensor._generated import storage

    codec = packed_runtime(ChainOptions()).codec
    items = [item for pallet in vars(storage).values() for item in _items(pallet, storage.Item)]
    missing = [tuple(item) for item in items if not codec.has_entry(*item)]
    assert len(items) > 300
    assert missing == []


def _items(pallet: object, kind: type) -> list[tuple[str, str]]:
    return [each for each in vars(pallet).values() if isinstance(each, kind)] if isinstance(pallet, type) else []


def test_slot_reaches_both_versions_when_loaded() -> None:
    packed = packed_runtime(ChainOptions(slot_ms=1234))
    for raw in (packed.codec.v15, packed.v14):
        runtime = Runtime(raw, 461, 1, 42)
        assert runtime.constant("Aura", "SlotDuration") == 1234
        assert runtime.constant("Timestamp", "MinimumPeriod") == 617


def test_slot_is_refused_where_the_constants_are_missing(versions: tuple[bytes, bytes]) -> None:
    metadata = decode_metadata(versions[0])
    metadata.pallets = [pallet for pallet in metadata.pallets if pallet.name != "Aura"]
    with pytest.raises(KeyError, match=r"Aura\.SlotDuration"):
        set_slot(metadata, 250)


@pytest.mark.parametrize("damage", ["cut", "longer", "version", "magic"])
def test_damaged_metadata_is_refused_when_read(damage: str, versions: tuple[bytes, bytes]) -> None:
    raw = versions[1]
    broken = {"cut": raw[:-1], "longer": raw + b"\0", "version": b"meta\x0d" + raw[5:], "magic": b"beta" + raw[4:]}
    with pytest.raises(Truncated):
        decode_metadata(broken[damage])


def test_script_rebuilds_the_pack_byte_for_byte_from_a_fixture(tmp_path: Path, versions: tuple[bytes, bytes]) -> None:
    """A fixture of the packed metadata itself: patching it again must give the same pack."""
    golden = {
        "network": {"spec_version": 461, "genesis_hash": "0x" + "00" * 32},
        "metadata": {"v15_hex": "0x01" + versions[0].hex(), "v14_hex": "0x" + versions[1].hex()},
    }
    (tmp_path / "golden.json").write_text(json.dumps(golden))
    script = runpy.run_path(str(REBUILD))
    written = script["rebuild"](script["from_fixture"]((tmp_path / "golden.json").read_text()), tmp_path)
    assert written.read_bytes() == DATA.joinpath("runtime-461.xz").read_bytes()
