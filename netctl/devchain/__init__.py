"""A local Subtensor: the bittensor SDK and btcli talk to it over a websocket as to any node.

Imports nothing else of netctl. State is SCALE bytes under the runtime's own storage keys; pallets and runtime
APIs are classes over it; blocks are built on a virtual clock, so that equal input gives equal hashes.
"""
