"""What --yes answers, and what only a person may. Pure."""

from __future__ import annotations

from netctl.errors import PolicyError
from netctl.runbook.model import Step
from netctl.runbook.setting import Setting

NOTHING_RAN = "nothing ran"
RESUME = "run the same command again to go on here"


def check_anybody(setting: Setting) -> None:
    """PolicyError where there is neither a person nor a --yes."""
    if not setting.attended and not setting.yes:
        raise PolicyError(
            "a runbook asks before every step, and nobody can be asked",
            hint=f"{NOTHING_RAN}; add --yes, or --dry-run to see what would run",
        )


def is_for(step: Step, setting: Setting) -> bool:
    """Whether a step is done in this kind of run."""
    return not step.tags & ({"public"} if setting.rehearse else {"rehearsal"})


def is_answered(step: Step, setting: Setting, *, free: bool) -> bool:
    """Whether --yes stands for the person's answer; PolicyError where it does not, and nobody can give it.

    `free` says that nothing real can be spent: in a rehearsal, and on a local chain.
    """
    if not setting.yes:
        return False
    if free:
        return True
    if "spends" in step.tags:
        if setting.budget_rao is None:
            message = f"step {step.id} ({step.title}) spends on a real network, and --yes does not answer that"
            raise PolicyError(message, hint=f"add --budget TAO, or run it without --yes; {RESUME}")
        unbounded = next((command for command in step.commands if command.kind == "shell"), None)
        if unbounded is not None or not any(command.spends for command in step.commands):
            what = f"`{unbounded.text}`" if unbounded is not None else "what is paid by hand"
            message = f"step {step.id} ({step.title}): no budget bounds {what}"
            raise PolicyError(message, hint=f"run it without --yes; {RESUME}")
    if not step.by_hand:
        return True
    if not setting.attended:
        message = f"step {step.id} ({step.title}) is done by hand, and nobody can be asked whether it is"
        raise PolicyError(message, hint=f"run it on a terminal; {RESUME}")
    return False


def must_ask_again(step: Step, text: str, setting: Setting, *, free: bool) -> bool:
    """Whether a person says what becomes of a line that was begun, and whose end nobody knows; PolicyError."""
    if setting.yes and free:
        return False
    if setting.attended:
        return True
    message = f"step {step.id} ({step.title}): `{text}` was begun, and nobody knows whether it ended"
    raise PolicyError(message, hint=f"run it on a terminal, which asks; {RESUME}")
