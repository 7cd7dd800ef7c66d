"""Apply the steps: those of one machine stop with its first that fails, those of the swarm stop them all."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from netctl.errors import NetctlError
from netctl.hostsetup.steps import Begin, Hands, Join, Step


def apply(steps: Sequence[Step], hands: Hands, tell: Callable[[str, str], None]) -> list[tuple[str, NetctlError]]:
    """Do the steps in their order; returns what failed, by machine. `tell` hears (machine, what is done or was).

    NetctlError where a step of the swarm itself fails. After a manager that did not join no other one is tried.
    """
    failed: list[tuple[str, NetctlError]] = []
    managers_wait = False
    for step in steps:
        is_manager = isinstance(step, Join) and step.as_manager
        if step.machine in dict(failed) or (is_manager and managers_wait):
            continue
        tell(step.machine, step.summary)
        try:
            beside = step.apply(hands)
        except NetctlError as error:
            if not step.machine or isinstance(step, Begin):
                raise
            failed.append((step.machine, error))
            managers_wait = managers_wait or is_manager
        else:
            if beside:
                tell(step.machine, beside)
    return failed
