"""Every error that netctl raises on purpose, each with the exit code of its class.

    NetctlError 1 ─ ProfileError 2 · PrerequisiteError 4 · WalletError 5 · ChainError 6 · PolicyError 7
                    SessionError 8 · LockHeld 9 · ReconcileFailed 1 · StoreError 1
                    UnreadableLog 1
    ChainError ─ ChainUnreachable · EndTaken · ExtrinsicRejected · NotIncluded · OutcomeUnknown

An unexpected exception is a bug and ends with 3; Ctrl-C ends with 130; only ``netctl.cli`` prints.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar


class NetctlError(Exception):
    """What went wrong, with which object, and what was found; `hint` is the next thing to do."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of a profile: where it stands, what is wrong, what to do.

    `line` counts from 1; `field` is the path as a person would write it: ``miners[1].hotkey``.
    """

    file: Path
    line: int | None
    field: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line is not None else str(self.file)
        return f"{place}: {self.field}: {self.message}" if self.field else f"{place}: {self.message}"


class ProfileError(NetctlError):
    """Every fault that one profile has, all at once."""

    exit_code = 2

    def __init__(self, faults: Sequence[Fault], *, hint: str = "") -> None:
        self.faults = tuple(faults)
        count = len(self.faults)
        noun = "fault" if count == 1 else "faults"
        where = self.faults[0].file if self.faults else "the profile"
        super().__init__(f"{where}: {count} {noun}", hint=hint or "mend the profile; nothing was changed")


class UsageError(NetctlError):
    """The command's words do not name one thing to do."""

    exit_code = 2


class PrerequisiteError(NetctlError):
    """Something is missing on this machine: tmux, the neurons' interpreter, a pack."""

    exit_code = 4


class StoreError(NetctlError):
    """metrics.db cannot be used; nothing in it was changed."""


class UnreadableLog(NetctlError):
    """A log from elsewhere is missing, damaged or no text; others are none the worse."""


class WalletError(NetctlError):
    """A key is missing, locked, or not the one that was expected."""

    exit_code = 5


class ChainError(NetctlError):
    """The chain refused, or does not answer."""

    exit_code = 6


class ChainUnreachable(ChainError):
    """No node answered at the endpoint; trying again later can help."""


class ExtrinsicRejected(ChainError):
    """The chain said no, for good: `code` is the runtime's or the pool's name of the error.

    `fee_rao` is what the refused extrinsic cost all the same (0 when it never entered a block).
    """

    def __init__(self, message: str, *, code: str, fee_rao: int = 0, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.code = code
        self.fee_rao = fee_rao


class NotIncluded(ChainError):
    """An extrinsic that is in no block and can never be: nothing was paid, sending a new one is safe."""


class EndTaken(ChainError):
    """What was to be paid was paid meanwhile by an earlier extrinsic: nothing was sent; look, it may be done."""


class OutcomeUnknown(ChainError):
    """An extrinsic was submitted and nobody knows whether the chain has it: look before paying again."""


class PolicyError(NetctlError):
    """The spend cap, the network guard or a missing confirmation refused; nothing was signed."""

    exit_code = 7


class SessionError(NetctlError):
    """tmux refused, or a process did not do what it was told."""

    exit_code = 8


class LockHeld(NetctlError):
    """Another netctl works on this fleet."""

    exit_code = 9


class ReconcileFailed(NetctlError):
    """Some neurons could not be brought to what the profile says; the others were."""

    def __init__(self, failures: Sequence[tuple[str, str]], *, hint: str = "") -> None:
        self.failures = tuple(failures)
        causes: dict[str, list[str]] = {}
        for name, why in self.failures:
            causes.setdefault(why, []).append(name)
        told = "; ".join(f"{', '.join(names)}: {why}" if why else ", ".join(names) for why, names in causes.items())
        super().__init__(f"{len(self.failures)} failed: {told}", hint=hint)
