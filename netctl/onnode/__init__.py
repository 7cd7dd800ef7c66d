"""What runs on the nodes of a swarm: whole programs, copied there as they are, with nothing of netctl beside them."""
