"""Consensus and emission computed a second time: plain fractions, from the rules, without a line of the chain's code.

The chain computes in the runtime's fixed-point numbers; here everything is an exact fraction, so that each step reads
as the rule it is. `yuma` is an epoch's consensus, `coinbase` a block's emission and an epoch's payments, `market` how
subnets share a block's TAO. `reading` fills their inputs from a chain's storage, `stage` makes a subnet on a real chain
and `world` several, `compare` holds the two together.
"""
