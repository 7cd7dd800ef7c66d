"""The real edges: the only modules that import bittensor and libtmux."""
