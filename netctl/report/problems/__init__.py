"""What went wrong in a run, found in what was recorded: each kind of trouble in a module of its own."""
