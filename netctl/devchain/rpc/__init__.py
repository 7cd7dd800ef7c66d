"""The chain's JSON-RPC over a websocket: what Substrate nodes answer, as far as Bittensor's clients ask it."""
