"""The MEV shield's author side: an ML-KEM-768 key, and opening what was encrypted to it.

An envelope is `key hash (16) | u16 length | KEM ciphertext | nonce (24) | XChaCha20-Poly1305 ciphertext and tag`,
all integers little-endian; the AEAD key is the KEM's shared secret.
"""

from __future__ import annotations

from hashlib import sha512

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey

from netctl.devchain.scale import Cursor, Truncated

KEY_HASH_SIZE = 16
NONCE_SIZE = 24
TAG_SIZE = 16


class Shield:
    """One key pair, the same for the same seed."""

    def __init__(self, seed: str) -> None:
        expanded = sha512(b"netctl devchain mev shield:" + seed.encode()).digest()
        self._private = MLKEM768PrivateKey.from_seed_bytes(expanded)
        self.public_key = self._private.public_key().public_bytes_raw()

    def open(self, envelope: bytes) -> bytes | None:
        """The plaintext; None for an envelope that is cut short, tampered with or meant for another key."""
        from Crypto.Cipher import ChaCha20_Poly1305  # as with keccak: not at the start of every chain

        cursor = Cursor(envelope)
        try:
            cursor.take(KEY_HASH_SIZE)
            sealed_key = cursor.take(int.from_bytes(cursor.take(2), "little"))
            nonce = cursor.take(NONCE_SIZE)
            sealed = cursor.rest()
            secret = self._private.decapsulate(sealed_key)
            cipher = ChaCha20_Poly1305.new(key=secret, nonce=nonce)
            return bytes(cipher.decrypt_and_verify(sealed[:-TAG_SIZE], sealed[-TAG_SIZE:]))
        except (Truncated, ValueError, InvalidKey):
            return None
