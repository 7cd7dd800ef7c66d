"""The small fleet of tests/identity, with its processes by hand."""

from tests.identity.conftest import by_hand, neighbour, scene

__all__ = ["by_hand", "neighbour", "scene"]
