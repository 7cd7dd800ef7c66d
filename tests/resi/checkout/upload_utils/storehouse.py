"""What stands in for S3 and for the authority that gives access to it: one directory of this checkout per address."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit


def folder(s3_auth_url: str, hotkey: str) -> Path:
    """Where a miner's uploads lie, for whoever asks the same authority."""
    host = urlsplit(s3_auth_url).hostname or "nowhere"
    return Path(__file__).resolve().parent.parent / "s3" / host / f"hotkey={hotkey}"


def refused(s3_auth_url: str) -> str | None:
    """What the authority answers to a hotkey that it gives nothing to; None where it does."""
    return "401 Unauthorized" if urlsplit(s3_auth_url).hostname == "refuses.invalid" else None
