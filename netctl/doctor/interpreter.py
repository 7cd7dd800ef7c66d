"""Rows about the neurons' own interpreter and the SDK in it."""

from __future__ import annotations

from netctl.doctor.finding import Judged, Row, failed, good, warning
from netctl.doctor.seen import Absent, Code, Seen, there

INSTALL = "netctl neurons install"


def _interpreter(seen: Seen) -> Judged:
    code = there(seen.code)
    asked = code.interpreter
    if asked.python is None:
        return failed(f"{asked.path}: {asked.broken}", INSTALL if code.wanted_python else "set neurons.python")
    if code.wanted_python is not None and not asked.python.startswith(f"{code.wanted_python}."):
        return warning(f"{asked.path} is Python {asked.python}, and the pack wants {code.wanted_python}", INSTALL)
    return good(f"Python {asked.python} at {asked.path}")


def _sdk(seen: Seen) -> Judged:
    code = there(seen.code)
    asked = code.interpreter
    there(_running(code))
    if asked.sdk is None:
        if code.pinned is None:
            return warning("no bittensor in it; its programs may not want one", INSTALL)
        return failed(f"no bittensor in it, and requirements.txt wants {code.pinned or 'one'}", INSTALL)
    if asked.unusable is not None:
        return failed(f"bittensor {asked.sdk} cannot be imported: {asked.unusable}", INSTALL)
    if asked.unread is not None:
        return failed(
            f"bittensor {asked.sdk} cannot read this chain{_runtime(seen)}: {asked.unread}",
            "take a release of the SDK that knows this runtime, or a node with an older one",
        )
    if code.pinned and code.pinned != asked.sdk:
        return warning(f"bittensor {asked.sdk}, and requirements.txt pins {code.pinned}", INSTALL)
    tried = f"reads the chain{_runtime(seen)}" if asked.asked else "not tried against a chain"
    return good(f"bittensor {asked.sdk}, {tried}")


def _running(code: Code) -> Code | Absent:
    return code if code.interpreter.python is not None else Absent("the interpreter does not run", INSTALL)


def _runtime(seen: Seen) -> str:
    return "" if isinstance(seen.pulse, Absent) else f" (runtime {seen.pulse.spec_version})"


ROWS = (
    Row(
        "interpreter",
        "the neurons' interpreter",
        "neurons run in an environment of their own, never netctl's",
        _interpreter,
    ),
    Row("sdk", "the SDK in it", "an SDK that cannot decode the chain's runtime ends each neuron at its start", _sdk),
)
