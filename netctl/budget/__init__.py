"""How many calls of an API the neurons make, with which key, and how long that lasts: pure functions."""
