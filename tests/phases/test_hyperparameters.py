"""The table of hyperparameters: it covers what a profile may say, and compares in the chain's own units."""

from __future__ import annotations

import pytest

from netctl import hyperparameters
from netctl.profile.hyperparameters import Hyperparameters

pytestmark = pytest.mark.fast


def test_every_hyperparameter_that_a_profile_may_name_can_be_set() -> None:
    assert hyperparameters.unknown(dict.fromkeys(Hyperparameters.model_fields, 1)) == ()


def test_a_multiplier_is_the_same_as_bits_and_as_a_number() -> None:
    bits = int(1.26 * 2**64)
    assert hyperparameters.differing({"burn_increase_mult": bits}, {"burn_increase_mult": 1.26}) == {}
    assert hyperparameters.differing({"burn_increase_mult": 1.5}, {"burn_increase_mult": 1.26}) != {}


def test_only_what_the_chain_shows_otherwise_differs() -> None:
    wanted = {"tempo": 10, "weights_set_rate_limit": 0, "kappa": 32767}
    found = {"tempo": 360, "weights_rate_limit": 0}
    assert hyperparameters.differing(wanted, found) == {"tempo": 10}
    assert hyperparameters.hidden(wanted, found) == {"kappa": 32767}


@pytest.mark.parametrize(("ceiling", "order"), [(10**12, ["max", "min"]), (10**6, ["min", "max"])])
def test_floor_and_ceiling_never_cross_whichever_way_they_move(ceiling: int, order: list[str]) -> None:
    changes = {"min_burn": ceiling // 2, "max_burn": ceiling}
    calls = hyperparameters.setters(1, changes, {"min_burn": 500_000, "max_burn": 10**11})
    assert [call.function for call in calls] == [f"sudo_set_{which}_burn" for which in order]


def test_both_alphas_go_in_one_call_that_keeps_the_other_one() -> None:
    (call,) = hyperparameters.setters(7, {"alpha_low": 100}, {"alpha_low": 1, "alpha_high": 58_982})
    assert call.args == {"netuid": 7, "alpha_low": 100, "alpha_high": 58_982}


def test_values_go_out_in_the_shape_that_admin_utils_takes() -> None:
    changes = {"burn_increase_mult": 1.5, "registration_allowed": 1, "epoch_consensus": 1, "tempo": 10}
    calls = hyperparameters.setters(7, changes, {})
    sent = {call.function: next(v for k, v in call.args.items() if k != "netuid") for call in calls}
    assert sent == {
        "sudo_set_burn_increase_mult": {"bits": 3 << 63},
        "sudo_set_network_registration_allowed": True,
        "sudo_set_epoch_consensus": "Null",
        "sudo_set_tempo": 10,
    }
