"""What every launch notes on its session, for the capsule of the run that then begins."""

LAUNCHED = "launched"
"""When it was, in seconds since the epoch."""
MEMORY = "oom_kills"
"""How many processes this machine's kernel had killed for want of memory until then."""
ENVIRONMENT = "environment"
"""One-way over the rendered environment."""
