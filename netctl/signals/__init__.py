"""What lines of a neuron's log say, as events: a pack names the patterns, and no Python is needed to add one."""
