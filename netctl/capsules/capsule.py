"""One end of one run of a neuron, as it is kept; the field names are those of the JSON."""

from __future__ import annotations

import json
import signal
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

VERSION = 1


@dataclass(frozen=True, slots=True)
class Stream:
    """The end of what one run wrote to one stream, without colours and secrets.

    `skipped_bytes` came before it in the run, `end` is the file's length then.
    """

    lines: tuple[str, ...] = ()
    skipped_bytes: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """How the chain has a neuron, at `block`. Without a uid it is not registered, and the rest is None."""

    block: int
    registered: bool
    uid: int | None = None
    axon: str | None = None
    stake_tao: str | None = None
    validator_permit: bool | None = None


@dataclass(frozen=True, slots=True)
class Capsule:
    """One end. Times are seconds since the epoch, UTC; None is what nobody could tell.

    `run` names the run: one run has one capsule. `ended_by` says who ended it on purpose ("netctl fleet down"), None
    for what ended by itself, or by a hand that left no word. `unseen`: nothing saw it end, its session was gone.
    `environment` is one-way over the rendered environment, `code` the version of the checkout that it was started from,
    `code_since` what that held at the end, where it is another; `sdk` the version of bittensor its interpreter has.
    `probe` is the one that failed, and why. `oom_kills` are how many processes this machine's kernel killed for want of
    memory during the run.
    """

    run: str
    neuron: str
    role: str
    fleet: str
    exit_code: int | None
    exit_signal: int | None
    started_at: float | None
    ended_at: float
    ended_by: str | None
    unseen: bool
    restarts: int
    restarted_at: tuple[float, ...]
    spec_hash: str
    environment: str | None
    code: str | None
    sdk: str | None
    standing: Standing | None
    probe: str | None
    oom_kills: int | None
    stdout: Stream
    stderr: Stream
    labels: Mapping[str, str] = field(default_factory=dict)
    code_since: str | None = None
    version: int = VERSION

    @property
    def ran_s(self) -> float | None:
        """How long it ran."""
        return None if self.started_at is None else round(max(0.0, self.ended_at - self.started_at), 3)

    @property
    def how(self) -> str:
        """The end in two words: ``exit 1``, ``signal SIGKILL``, ``unseen``."""
        if self.exit_signal is not None:
            return f"signal {signal_name(self.exit_signal)}"
        return "unseen" if self.exit_code is None else f"exit {self.exit_code}"

    def document(self) -> dict[str, Any]:
        """The JSON document; what follows from other fields stands there too, for people who read the file."""
        name = None if self.exit_signal is None else signal_name(self.exit_signal)
        return {**asdict(self), "ran_s": self.ran_s, "signal_name": name, "how": self.how}

    def to_json(self) -> bytes:
        """The document as it lies on disk."""
        return (json.dumps(self.document(), indent=1, ensure_ascii=False) + "\n").encode(errors="replace")


def capsule_from(content: bytes) -> Capsule:
    """A capsule read back; ValueError for what is none, or of a version that is not known."""
    try:
        document = json.loads(content)
        if document["version"] != VERSION:
            raise ValueError(f"a capsule of version {document['version']}")
        known = {part.name: document[part.name] for part in fields(Capsule) if part.name in document}
        for name in ("stdout", "stderr"):
            known[name] = Stream(**{**known[name], "lines": tuple(known[name]["lines"])})
        known["restarted_at"] = tuple(known["restarted_at"])
        known["standing"] = None if known["standing"] is None else Standing(**known["standing"])
        return Capsule(**known)
    except (KeyError, TypeError, UnicodeDecodeError) as exc:
        raise ValueError(f"not a capsule: {exc!r}") from exc


def signal_name(number: int) -> str:
    """``SIGKILL`` for 9, ``signal 200`` for what this machine has no name for."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
