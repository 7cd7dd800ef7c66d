"""Runtime APIs that answer from the state; all others of the metadata answer a typed zero."""

from __future__ import annotations

from netctl.devchain.apis.account import AccountNonce
from netctl.devchain.apis.delegate import DelegateInfo
from netctl.devchain.apis.neuron import NeuronInfo
from netctl.devchain.apis.stake import StakeInfo
from netctl.devchain.apis.subnet import SubnetInfo, SubnetRegistration
from netctl.devchain.apis.swap import SwapApi
from netctl.devchain.pallet import Api

APIS: tuple[Api, ...] = (
    AccountNonce(),
    NeuronInfo(),
    SubnetInfo(),
    SubnetRegistration(),
    StakeInfo(),
    SwapApi(),
    DelegateInfo(),
)
