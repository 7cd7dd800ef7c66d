"""Zeros and names out of the type registry."""

from __future__ import annotations

import pytest

from netctl.devchain.codec import Codec
from netctl.devchain.errors import DispatchError
from netctl.devchain.metadata import Variants
from netctl.devchain.options import ChainOptions
from netctl.devchain.registry import ZERO_ACCOUNT
from netctl.devchain.runtime import packed_runtime

pytestmark = pytest.mark.fast


@pytest.fixture(scope="module")
def codec() -> Codec:
    return packed_runtime(ChainOptions()).codec


def test_zero_of_every_runtime_api_s_answer_encodes_and_decodes(codec: Codec) -> None:
    assert len(codec.apis) > 100
    for name, method in codec.apis.items():
        raw = codec.encode(method.output, codec.zero(method.output))
        try:
            codec.decode(method.output, raw)
        except ValueError as exc:
            pytest.fail(f"{name}: {exc}")


def test_zero_of_every_storage_item_encodes(codec: Codec) -> None:
    counted = 0
    for pallet in codec.registry._metadata.pallets:
        for item in pallet.storage.entries if pallet.storage is not None else ():
            entry = codec.entry(pallet.name, item.name)
            definition = codec.registry.type(int(entry.value_type.split("::")[1])).definition
            if definition != Variants([]):
                try:
                    entry.encode(codec.zero(entry.value_type))
                except ValueError as exc:
                    pytest.fail(f"{pallet.name}.{item.name}: {exc}")
                counted += 1
    assert counted > 400


def test_zeros_are_fresh_each_time(codec: Codec) -> None:
    first = codec.struct("AccountData")
    first["free"] = 5
    assert codec.struct("AccountData")["free"] == 0


def test_struct_takes_its_fields_and_refuses_foreign_ones(codec: Codec) -> None:
    made = codec.struct("AxonInfo", port=8091)
    assert made["port"] == 8091
    assert made["ip"] == 0
    with pytest.raises(KeyError, match="prot"):
        codec.struct("AxonInfo", prot=8091)


def test_zero_account_is_the_zero_of_accounts(codec: Codec) -> None:
    assert codec.zero("AccountId32") == ZERO_ACCOUNT
    assert codec.encode("AccountId32", ZERO_ACCOUNT) == bytes(32)


def test_element_zero_sees_through_vectors(codec: Codec) -> None:
    assert codec.element_zero("SubtensorModule", "ValidatorPermit") is False
    assert codec.element_zero("SubtensorModule", "Incentive") == 0
    with pytest.raises(KeyError, match="not a vector"):
        codec.element_zero("SubtensorModule", "Tempo")


def test_dispatch_errors_take_the_runtime_s_shape(codec: Codec) -> None:
    found = codec.dispatch_error(DispatchError("NotEnoughBalanceToStake"))
    index = found["Module"]["index"]
    number = int(found["Module"]["error"][2:4], 16)
    assert codec.runtime.module_error(index, number)[0] == "NotEnoughBalanceToStake"
    assert codec.dispatch_error(DispatchError.bad_origin()) == "BadOrigin"
    assert codec.dispatch_error(DispatchError.token("FundsUnavailable")) == {"Token": "FundsUnavailable"}
    with pytest.raises(KeyError):
        codec.dispatch_error(DispatchError("NoSuchError"))


def test_unknown_names_are_key_errors(codec: Codec) -> None:
    assert codec.has_entry("System", "Account")
    assert not codec.has_entry("System", "Acount")
    for miss in (lambda: codec.zero("NoSuchType"), lambda: codec.registry.pallet("Nope")):
        with pytest.raises(KeyError):
            miss()
