"""How the chain had a neuron when the supervisor last looked at it, however long ago; the chain is not asked."""

from __future__ import annotations

from netctl.capsules.capsule import Standing
from netctl.money import tao_text
from netctl.supervisor.samples import Samples


def standing_of(samples: Samples | None, neuron: str) -> Standing | None:
    """As of the block that it names; None where nobody has looked, or the chain did not answer."""
    if samples is None or samples.seen.metagraph is None or samples.seen.block is None:
        return None
    keys = samples.seen.keys.get(neuron)
    if keys is None or keys.hotkey_ss58 is None:
        return None
    row = samples.seen.metagraph.of_hotkey(keys.hotkey_ss58)
    if row is None:
        return Standing(samples.seen.block, registered=False)
    return Standing(
        block=samples.seen.block,
        registered=True,
        uid=row.uid,
        axon=row.axon,
        stake_tao=tao_text(row.total_stake_rao),
        validator_permit=row.validator_permit,
    )
