"""Takes what may be secret out of a text that is kept: a traceback's messages can quote anything."""

from __future__ import annotations

import re
from collections.abc import Mapping

_SECRET_NAME = re.compile(r"KEY|TOKEN|SECRET|PASS|MNEMONIC|SEED|CREDENTIAL", re.IGNORECASE)
_HEX_KEY = re.compile(r"\b(?:0x)?[0-9a-fA-F]{64}(?:[0-9a-fA-F]{64})?\b")
# Prose has words of one or two letters; a mnemonic never does.
_MNEMONIC = re.compile(r"\b[a-z]{3,8}(?:[ ,'\"]{1,4}[a-z]{3,8}){11,}\b")
_REDACTED = "[redacted]"


def redact(text: str, environ: Mapping[str, str]) -> str:
    """The text without the values of secret-looking variables, 32- and 64-byte hex strings and word lists."""
    secrets = {value for name, value in environ.items() if _SECRET_NAME.search(name) and len(value) >= 4}
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, _REDACTED)
    return _MNEMONIC.sub(_REDACTED, _HEX_KEY.sub(_REDACTED, text))
