"""From machines to one swarm: what is wanted of each, what differs, and the steps that make it so."""
