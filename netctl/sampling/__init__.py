"""What the supervisor writes down of a fleet while it runs: the chain, processes, states, and what logs say."""
