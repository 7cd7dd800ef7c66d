"""Stand-in neurons: a miner and a validator that do small, real work, so that a rehearsal has something to watch.

They are programs of their own (`python -m netctl.rehearsal.miner`, `... .validator`), started like any subnet's
neurons. Nothing else in netctl imports this package, and it imports nothing else of netctl.
"""
