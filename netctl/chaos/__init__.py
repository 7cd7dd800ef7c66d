"""Disturbing a fleet's neurons without privileges, each disturbance with an end of its own."""
