"""A subnet's checkout, read without running any of it, and guesses from it: a pack and a profile to begin with."""
