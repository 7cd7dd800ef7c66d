"""netctl stands up, watches and judges a whole Bittensor subnet experiment from one file."""

__version__ = "0.1.0"
