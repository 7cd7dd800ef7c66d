"""The metrics, one module for each theme."""
