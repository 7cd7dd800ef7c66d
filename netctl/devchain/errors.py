"""What can go wrong in the embedded chain.

DispatchError    a call failed: its state is rolled back, its fee kept, the error goes into ExtrinsicFailed
PoolRejection    an extrinsic is refused before a block: a JSON-RPC error with the node's code and text
Refused          the chain will not do what its operator asked; has a hint
ChainDataError   the data directory cannot be used by this chain: corrupt, or of another chain
"""

from __future__ import annotations

from typing import Any


class DispatchError(Exception):
    """A failed dispatch: a pallet's named error, or one of the runtime's own kinds through the classmethods.

    `kind` is a variant of the runtime's DispatchError enum; `detail` is the inner variant's name, if it has one.
    """

    def __init__(self, name: str, pallet: str = "SubtensorModule") -> None:
        super().__init__(f"{pallet}.{name}")
        self.name = name
        self.pallet = pallet
        self.kind = "Module"
        self.detail: str | None = None

    @classmethod
    def _of_kind(cls, kind: str, detail: str | None = None) -> DispatchError:
        error = cls(detail or kind, kind)
        error.kind, error.detail = kind, detail
        return error

    @classmethod
    def bad_origin(cls) -> DispatchError:
        """The origin may not make this call."""
        return cls._of_kind("BadOrigin")

    @classmethod
    def cannot_lookup(cls) -> DispatchError:
        """An address could not be turned into an account."""
        return cls._of_kind("CannotLookup")

    @classmethod
    def other(cls) -> DispatchError:
        """An error without a name, as a runtime gives for its own bugs."""
        return cls._of_kind("Other")

    @classmethod
    def token(cls, detail: str) -> DispatchError:
        """A TokenError, e.g. FundsUnavailable, BelowMinimum, NotExpendable."""
        return cls._of_kind("Token", detail)

    @classmethod
    def arithmetic(cls, detail: str) -> DispatchError:
        """An ArithmeticError: Underflow, Overflow or DivisionByZero."""
        return cls._of_kind("Arithmetic", detail)


class PoolRejection(Exception):
    """An extrinsic that the pool refuses; becomes the JSON-RPC error {code, message, data}."""

    def __init__(self, code: int, message: str, data: Any = None) -> None:
        super().__init__(f"{message}: {data}" if data is not None else message)
        self.code = code
        self.message = message
        self.data = data

    @classmethod
    def invalid(cls, data: str) -> PoolRejection:
        """Code 1010, 'Invalid Transaction', with the reason that a node gives in `data`."""
        return cls(1010, "Invalid Transaction", data)

    @classmethod
    def custom(cls, number: int) -> PoolRejection:
        """Code 1010 with `Custom error: N`, as the runtime's transaction extensions refuse."""
        return cls.invalid(f"Custom error: {number}")


class Refused(Exception):
    """The chain will not do what its operator asked; `hint` says what to do instead."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class ChainDataError(Exception):
    """The data directory is corrupt, in use, or belongs to a chain with other options or metadata."""
