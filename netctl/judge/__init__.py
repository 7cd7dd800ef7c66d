"""Judges an experiment: metrics over what metrics.db has, and the criteria of a profile over metrics."""
