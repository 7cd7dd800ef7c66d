"""metrics.db: what a fleet's logs, chain and processes have shown over time, in one SQLite file."""
