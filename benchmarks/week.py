"""A week of blocks with sixteen miners and three validators that disagree, mined in this process.

    python benchmarks/week.py [--blocks 50400] [--picture docs/pictures/week.svg]

The story is told in tests/oracle/week.py. It is mined twice, in memory and with blocks on disk. At every epoch TAO and
alpha have to add up to the rao; seven epochs of each run are predicted from the state before them by the independent
computation; at the end the incentives have to be in the order of the miners' quality. Exits with 1 where they are not.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import matplotlib as mpl
from matplotlib import pyplot as plt

from netctl.devchain.chain import Chain
from tests.devchain.lab import make_chain
from tests.oracle import week
from tests.oracle.yuma import U16

VALIDATORS = {
    week.HONEST: ("honest", "#1b7f4d"),
    week.COPIER: ("copies late", "#b8860b"),
    week.CRONY: ("has friends", "#a83232"),
}
PLAIN, FRIEND, RISER = "#8a9bb0", "#a83232", "#1f5fbf"


def mined(chain: Chain, blocks: int) -> tuple[week.Diary, float]:
    """The story on this chain, and the seconds that its blocks took."""
    try:
        stage = week.set_the_scene(chain)
        began = time.perf_counter()
        diary = week.live(stage, blocks)
        return diary, time.perf_counter() - began
    finally:
        chain.close()


def draw(diary: week.Diary, path: Path) -> None:
    """Incentives of the miners above, what validators earn by their stake below."""
    mpl.rcParams.update({"svg.hashsalt": "week", "font.size": 9, "axes.spines.top": False, "axes.spines.right": False})
    figure, (above, below) = plt.subplots(2, 1, figsize=(8, 6.4), sharex=True, height_ratios=[3, 2])
    days = [(block - diary.blocks[0]) / week.DAY_BLOCKS for block in diary.blocks]
    for uid in week.MINERS:
        colour = RISER if uid == week.RISER else FRIEND if uid in week.FRIENDS else PLAIN
        above.plot(
            days, [100 * row[uid] / U16 for row in diary.incentive], color=colour, linewidth=2 if colour != PLAIN else 1
        )
    for label, colour in (
        ("the miner that rises", RISER),
        ("the crony's two friends", FRIEND),
        ("the other thirteen", PLAIN),
    ):
        above.plot([], [], color=colour, label=label)
    above.set(
        ylabel="incentive, % of the miners' emission", yscale="log", title="A week of blocks: who is paid, and for what"
    )
    above.set_ylim(0.6, 45)
    above.yaxis.set_major_formatter("{x:g}")
    above.legend(frameon=False, loc="upper left", ncols=3)
    for uid, (label, colour) in VALIDATORS.items():
        earned = [
            row[uid] / sum(row) * sum(stake[:3]) / stake[uid]
            for row, stake in zip(diary.dividends, diary.stake, strict=True)
        ]
        below.plot(days, earned, color=colour, label=label, linewidth=2)
    below.axhline(1, color="#cccccc", linewidth=1, zorder=0)
    below.set(xlabel="days", ylabel="dividends by stake\n(1: the fair share)", xlim=(0, max(days)), ylim=(0, None))
    below.legend(frameon=False, loc="lower right", ncols=3)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None, dpi=120)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--blocks", type=int, default=week.WEEK_BLOCKS)
    parser.add_argument("--picture", type=Path, default=Path("docs/pictures/week.svg"))
    args = parser.parse_args()
    diary, in_memory = mined(make_chain(), args.blocks)
    with tempfile.TemporaryDirectory() as directory:
        again, on_disk = mined(make_chain(Path(directory)), args.blocks)
    week.assert_order(diary)
    if again != diary:
        raise SystemExit("the chain on disk told another story")
    draw(diary, args.picture)
    print(f"{args.blocks} blocks, {len(diary.blocks)} epochs: {in_memory:.1f} s in memory, {on_disk:.1f} s on disk")
    for uid, (label, _) in VALIDATORS.items():
        print(f"  the validator that {label if uid else 'is honest'}: {diary.per_stake(uid):.3f} of its fair share")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
