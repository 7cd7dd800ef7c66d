"""A story for a subnet: sixteen miners, of whom one rises from the last place to the first, and three validators.

- The honest one (over half of the stake) gives every miner weight by its quality at that moment.
- The copier gives the consensus that the chain held a day before.
- The crony gives half of its weight to two friends, and half as the honest one does.

Each miner's quality is 0.82 times that of the one before; the riser's is 0.82 ** 16 at first and grows evenly, by
the exponent, to 1 / 0.82. All validators set weights once an epoch.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from netctl.devchain.chain import Chain
from tests.devchain.lab import TAO
from tests.devchain.laws import LOST_IN_A_BLOCK
from tests.oracle import reading
from tests.oracle.compare import PENDING, assert_next_epoch, rao_tolerance
from tests.oracle.stage import Stage, staged
from tests.oracle.yuma import U16

WEEK_BLOCKS, DAY_BLOCKS, TEMPO = 50_400, 7_200, 360
HONEST, COPIER, CRONY = 0, 1, 2
STAKES_TAO = {HONEST: 60_000, COPIER: 25_000, CRONY: 20_000}
MINERS = range(3, 19)
RISER = MINERS[-1]
FRIENDS = (MINERS[4], MINERS[12])
RATIO = 0.82
CLEAR = 1.2
"""Two miners are in order when one's quality is this many times the other's: a crony's favour moves them by less."""


@dataclass
class Diary:
    """What was seen at each epoch."""

    blocks: list[int] = field(default_factory=list)
    incentive: list[list[int]] = field(default_factory=list)
    dividends: list[list[int]] = field(default_factory=list)
    trust: list[list[int]] = field(default_factory=list)
    stake: list[list[int]] = field(default_factory=list)
    quality: list[dict[int, float]] = field(default_factory=list)

    def per_stake(self, uid: int) -> float:
        """Dividends over the share of the validators' stake, averaged: 1 is the fair share."""
        shares = []
        for dividends, stake in zip(self.dividends, self.stake, strict=True):
            if sum(dividends):
                shares.append(dividends[uid] / sum(dividends) * sum(stake[:3]) / stake[uid])
        return sum(shares) / len(shares)


def qualities(part: float) -> dict[int, float]:
    """Each miner's quality when this part of the story has passed."""
    known = {uid: RATIO**place for place, uid in enumerate(MINERS)}
    return known | {RISER: RATIO ** (16 - 17 * part)}


def as_weights(quality: dict[int, float]) -> dict[int, int]:
    """A row of u16s whose greatest is 65,535, without zeros."""
    top = max(quality.values())
    return {uid: max(1, round(value / top * U16)) for uid, value in quality.items()}


def crony(quality: dict[int, float]) -> dict[int, float]:
    """Half as everybody else, half for friends."""
    total = sum(quality.values())
    return {uid: value / total / 2 + (1 / 2 / len(FRIENDS) if uid in FRIENDS else 0) for uid, value in quality.items()}


def alpha_of_nobody(stage: Stage) -> int:
    """Alpha of the subnet, in rao, that is not behind a hotkey, nor due at the next epoch, nor the protocol's."""
    view = stage.chain.view()
    behind = reading.entries(view, "TotalHotkeyAlpha").items()
    held = sum(alpha for key, alpha in behind if key[1] == stage.netuid)
    return (
        int(stage.read("SubnetAlphaOut")) - held - sum(stage.read(name) for name in (*PENDING, "SubnetProtocolAlpha"))
    )


def set_the_scene(chain: Chain) -> Stage:
    """The subnet with its nineteen neurons, validators with permits."""
    stage = staged([*STAKES_TAO.values(), *[0] * len(MINERS)], tempo=50, chain=chain)
    stage.root("sudo_set_tempo", netuid=stage.netuid, tempo=TEMPO)
    stage.mine_epoch()
    return stage


def vote(stage: Stage, quality: dict[int, float], remembered: deque[list[int]]) -> None:
    """The three validators' weights, each in a block of its own."""
    yesterday = remembered[0] if remembered else []
    old = {uid: float(yesterday[uid]) for uid in MINERS} if any(yesterday) else quality
    for uid, row in ((HONEST, quality), (COPIER, old), (CRONY, crony(quality))):
        stage.weights(uid, as_weights({miner: value for miner, value in row.items() if value > 0}))


def live(stage: Stage, blocks: int, progress: Callable[[int], None] = lambda done: None, checks: int = 7) -> Diary:
    """Mine the story; the rules' sums are checked at every epoch, and `checks` epochs are predicted one by one."""
    diary, start, epochs = Diary(), stage.chain.head.number, blocks // TEMPO
    remembered: deque[list[int]] = deque(maxlen=max(1, round(DAY_BLOCKS / WEEK_BLOCKS * epochs)))
    alpha = stage.read("SubnetAlphaIn") + stage.read("SubnetAlphaOut")
    lost, near = alpha_of_nobody(stage), rao_tolerance(len(STAKES_TAO) + len(MINERS), TEMPO * TAO)
    for epoch in range(epochs):
        quality = qualities(epoch / max(1, epochs - 1))
        vote(stage, quality, remembered)
        stage.mine()  # the runtime learns of burned fees a block later
        quiet, issued = stage.chain.head.number, reading.read(stage.chain.view(), "TotalIssuance")
        if epoch % max(1, epochs // checks) == 0:
            assert_next_epoch(stage)
        else:
            stage.mine_epoch()
        head, view = stage.chain.head.number, stage.chain.view()
        grown = reading.read(view, "TotalIssuance") - issued
        assert grown == (head - quiet) * TAO, f"{grown} rao of TAO in {head - quiet} blocks"
        assert stage.read("SubnetAlphaIn") + stage.read("SubnetAlphaOut") - alpha == (head - start) * TAO
        before, lost = lost, alpha_of_nobody(stage)
        assert 0 <= lost - before <= LOST_IN_A_BLOCK * 2 * TEMPO + near, f"{lost - before} rao of alpha got lost"
        remembered.append(stage.read("Consensus"))
        note(diary, stage, quality)
        progress(head - start)
    return diary


def note(diary: Diary, stage: Stage, quality: dict[int, float]) -> None:
    view = stage.chain.view()
    diary.blocks.append(stage.chain.head.number)
    diary.quality.append(quality)
    for kept, name in ((diary.incentive, "Incentive"), (diary.dividends, "Dividends"), (diary.trust, "ValidatorTrust")):
        kept.append(stage.read(name))
    hotkeys = reading.hotkeys(view, stage.netuid)
    diary.stake.append([reading.read(view, "TotalHotkeyAlpha", key, stage.netuid) for key in hotkeys])


def assert_order(diary: Diary) -> None:
    """Incentives in the order of quality at every epoch; the riser from last to first; dividends by behaviour."""
    for block, quality, incentive in zip(diary.blocks, diary.quality, diary.incentive, strict=True):
        for better in MINERS:
            for worse in MINERS:
                if quality[better] > CLEAR * quality[worse]:
                    assert incentive[better] > incentive[worse], (block, better, worse, incentive)
    first, last = diary.incentive[0], diary.incentive[-1]
    assert first[RISER] == min(first[uid] for uid in MINERS)
    assert last[RISER] == max(last[uid] for uid in MINERS)
    assert all(trust[HONEST] >= trust[COPIER] and trust[HONEST] > trust[CRONY] for trust in diary.trust)
    assert diary.per_stake(HONEST) > diary.per_stake(COPIER) > diary.per_stake(CRONY)
