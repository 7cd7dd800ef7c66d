"""How long one epoch's rules take, by size of the subnet and rule. Run: python benchmarks/epoch.py"""

from __future__ import annotations

import random
import time

from netctl.devchain.pallets.subtensor.yuma import EpochInput, Settings, run

SIZES = ((19, 3), (256, 64))
RULES = {
    "before Yuma 3": Settings(),
    "Yuma 3": Settings(yuma3=True),
    "Yuma 3, liquid alpha": Settings(yuma3=True, liquid_alpha=True),
}


def subnet(count: int, validators: int, settings: Settings) -> EpochInput:
    """Validators on the first uids, all with full rows of weights and bonds."""
    chance = random.Random(1)
    rows = [
        [(dest, chance.randrange(65_536)) for dest in range(count)] if uid < validators else [] for uid in range(count)
    ]
    return EpochInput(
        block=1_000,
        stake_q64=[chance.randrange(10**9, 10**14) << 64 if uid < validators else 0 for uid in range(count)],
        stake_threshold=0,
        last_update=[900] * count,
        activity_cutoff=5_000,
        registered_at=[1] * count,
        bonds_since=800,
        permits=[uid < validators for uid in range(count)],
        weights=rows,
        bonds=rows,
        owner_uid=None,
        emission_rao=10**12,
        settings=settings,
    )


def main() -> None:
    """Print the best of five for each."""
    for count, validators in SIZES:
        for name, settings in RULES.items():
            given, best = subnet(count, validators, settings), float("inf")
            for _ in range(5):
                started = time.perf_counter()
                run(given)
                best = min(best, time.perf_counter() - started)
            print(f"{count} uids, {validators} validators, {name}: {best * 1_000:.1f} ms")


if __name__ == "__main__":
    main()
