"""The fleet's engine where it has many machines: Docker Swarm. Loaded by such a fleet only."""
