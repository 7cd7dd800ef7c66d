"""SubnetInfoRuntimeApi and SubnetRegistrationRuntimeApi."""

from __future__ import annotations

from typing import Any

from netctl.devchain.apis import hyperparameters
from netctl.devchain.apis.metagraph import (
    exists,
    mechagraph,
    metagraph,
    neuron_columns,
    outline,
    selective,
    subnet_name,
    symbol,
)
from netctl.devchain.pallet import Api, method
from netctl.devchain.pallets.subtensor import items, ownership, subnets, tempo
from netctl.devchain.storage import Item, View

AUTO_STAKE_DESTINATION = Item(items.PALLET, "AutoStakeDestination")

Answer = dict[str, Any]


class SubnetInfo(Api):
    """Subnets that are not there are none."""

    name = "SubnetInfoRuntimeApi"

    @method
    def get_metagraph(self, view: View, *, netuid: int) -> Answer | None:
        """The metagraph."""
        return metagraph(view, netuid)

    @method
    def get_all_metagraphs(self, view: View) -> list[Answer | None]:
        """Of every subnet."""
        return [metagraph(view, netuid) for netuid in ownership.netuids(view)]

    @method
    def get_mechagraph(self, view: View, *, netuid: int, mecid: int) -> Answer | None:
        """The metagraph of one mechanism."""
        return mechagraph(view, netuid, mecid)

    @method
    def get_all_mechagraphs(self, view: View) -> list[Answer | None]:
        """Of every mechanism of every subnet."""
        return [
            mechagraph(view, netuid, mechanism)
            for netuid in ownership.netuids(view)
            for mechanism in range(items.MECHANISM_COUNT.get(view, netuid))
        ]

    @method
    def get_selective_metagraph(self, view: View, *, netuid: int, metagraph_indexes: list[int]) -> Answer | None:
        """Chosen fields of the metagraph."""
        return selective(view, netuid, metagraph_indexes)

    @method
    def get_selective_mechagraph(
        self, view: View, *, netuid: int, subid: int, metagraph_indexes: list[int]
    ) -> Answer | None:
        """Chosen fields of a mechanism's metagraph."""
        return selective(view, netuid, metagraph_indexes, subid)

    @method
    def get_dynamic_info(self, view: View, *, netuid: int) -> Answer | None:
        """Pool, owner, name and symbol."""
        if not exists(view, netuid):
            return None
        return view.codec.struct(
            "DynamicInfo",
            **outline(view, netuid),
            subnet_name=subnet_name(view, netuid),
            token_symbol=symbol(view, netuid),
            subnet_identity=items.SUBNET_IDENTITIES.get(view, netuid),
        )

    @method
    def get_all_dynamic_info(self, view: View) -> list[Answer | None]:
        """Of every subnet."""
        return [self.get_dynamic_info(view, netuid=netuid) for netuid in ownership.netuids(view)]

    @method
    def get_subnet_info(self, view: View, *, netuid: int) -> Answer | None:
        """The oldest form."""
        return self._info(view, netuid, "SubnetInfo")

    @method
    def get_subnets_info(self, view: View) -> list[Answer | None]:
        """Of every subnet."""
        return [self._info(view, netuid, "SubnetInfo") for netuid in ownership.netuids(view)]

    @method
    def get_subnet_info_v2(self, view: View, *, netuid: int) -> Answer | None:
        """With the subnet's identity."""
        return self._info(view, netuid, "SubnetInfov2")

    @method
    def get_subnets_info_v2(self, view: View) -> list[Answer | None]:
        """Of every subnet."""
        return [self._info(view, netuid, "SubnetInfov2") for netuid in ownership.netuids(view)]

    def _info(self, view: View, netuid: int, struct: str) -> Answer | None:
        if not exists(view, netuid):
            return None
        owner = items.SUBNET_OWNER.get(view, netuid)
        answer = view.codec.struct(struct, netuid=netuid, owner=owner)
        if "identity" in answer:
            answer["identity"] = items.SUBNET_IDENTITIES.get(view, netuid)
        return hyperparameters.fill(view, netuid, answer)

    @method
    def get_subnet_hyperparams(self, view: View, *, netuid: int) -> Answer | None:
        """The first form of hyperparameters."""
        return self._hyperparameters(view, netuid, "SubnetHyperparams")

    @method
    def get_subnet_hyperparams_v2(self, view: View, *, netuid: int) -> Answer | None:
        """The second, with some more."""
        return self._hyperparameters(view, netuid, "SubnetHyperparamsV2")

    def _hyperparameters(self, view: View, netuid: int, struct: str) -> Answer | None:
        if not exists(view, netuid):
            return None
        return hyperparameters.fill(view, netuid, view.codec.struct(struct))

    @method
    def get_subnet_hyperparams_v3(self, view: View, *, netuid: int) -> list[Answer] | None:
        """The third: names and tagged values."""
        return hyperparameters.entries(view, netuid) if exists(view, netuid) else None

    @method
    def get_subnet_state(self, view: View, *, netuid: int) -> Answer | None:
        """Per-uid lists without the rest of the metagraph; the history of emission is empty."""
        if not exists(view, netuid):
            return None
        return view.codec.struct("SubnetState", netuid=netuid, **neuron_columns(view, netuid))

    @method
    def get_coldkey_auto_stake_hotkey(self, view: View, *, coldkey: str, netuid: int) -> str | None:
        """Where a coldkey's emission would be staked."""
        destination = AUTO_STAKE_DESTINATION.get(view, coldkey, netuid)
        return None if destination is None else str(destination)

    @method
    def get_subnet_account_id(self, view: View, *, netuid: int) -> str | None:
        """The account that holds the pool's TAO."""
        return ownership.subnet_account(netuid) if exists(view, netuid) else None

    @method
    def get_next_epoch_start_block(self, view: View, *, netuid: int) -> int | None:
        """When the next epoch runs; none for a subnet without a tempo."""
        if not exists(view, netuid) or items.TEMPO.get(view, netuid) == 0:
            return None
        return tempo.next_epoch_block(view, netuid)


class SubnetRegistration(Api):
    """What a subnet costs."""

    name = "SubnetRegistrationRuntimeApi"

    @method
    def get_network_registration_cost(self, view: View) -> int:
        """In rao, now."""
        return subnets.lock_cost_rao(view)
