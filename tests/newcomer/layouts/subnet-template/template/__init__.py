"""What neurons of both roles share. It imports all of it, as the template does."""

from . import base, protocol

__all__ = ["base", "protocol"]
