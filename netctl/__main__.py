"""The program ``netctl``, also as ``python -m netctl``."""

from __future__ import annotations

from netctl.cli import main

__all__ = ["main"]

if __name__ == "__main__":
    raise SystemExit(main())
