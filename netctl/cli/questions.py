"""Questions to the person at the terminal; without one, and without ``--yes``, nothing is done (exit 7)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from getpass import getpass

from netctl import policy
from netctl.cli.output import can_ask, is_terminal, say
from netctl.errors import PolicyError
from netctl.fleet import Fleet

PASSWORD_VARIABLE = "NETCTL_COLDKEY_PASSWORD"  # noqa: S105 - the name of a variable, not a password


def ask(question: str, *, default: str = "") -> str:
    """A line typed in answer; Ctrl-D counts as no answer."""
    try:
        return _typed(question).strip() or default
    except EOFError:
        say()
        return default


def _typed(question: str) -> str:
    print(question, end=" ", file=sys.stderr, flush=True)
    return input()


def consent(fleet: Fleet, what: str, *, pays: bool, yes: bool) -> None:
    """Let the person agree to `what` as `netctl.policy` asks for it; PolicyError if they do not or nobody is there."""
    needed = policy.needed_consent(fleet.network, pays=pays)
    if policy.must_ask(needed, yes=yes, terminal=can_ask()):
        how = f"type {fleet.network.kind} to go on:" if needed == "typed_name" else "go on? [y/N]"
        policy.check_answer(needed, ask(f"{what}; {how}"), network=fleet.network)


def agree(what: str, *, yes: bool) -> None:
    """Let the person agree to something that spends nothing but cannot be undone; PolicyError like `consent`."""
    if yes:
        return
    if not can_ask():
        raise PolicyError(f"{what}: nobody can be asked", hint="nothing was done; add --yes")
    if ask(f"{what}? [y/N]").lower() not in ("y", "yes"):
        raise PolicyError(f"{what}: not confirmed", hint="nothing was done")


@dataclass(slots=True)
class Passwords:
    """Coldkeys' passwords: from NETCTL_COLDKEY_PASSWORD, else asked for once per wallet on a terminal, never echoed.

    `hold` keeps live progress still while a password is typed.
    """

    environ: Mapping[str, str]
    hold: Callable[[], AbstractContextManager[None]]
    _known: dict[str, str] = field(default_factory=dict, repr=False)

    def of_existing(self, wallet: str) -> str | None:
        """The password that opens the wallet's coldkey, None where nobody can say."""
        return self._given() or self._known.get(wallet) or self._keep(wallet, f"Password of coldkey {wallet}: ")

    def of_new(self, wallet: str) -> str | None:
        """A password for a coldkey about to be made, typed twice; None where nobody can say or the two differ."""
        given = self._given()
        if given is not None or not can_ask():
            return given
        with self.hold():
            first = getpass(f"Password for the new coldkey {wallet}: ", stream=sys.stderr)
            if getpass("The same once more: ", stream=sys.stderr) != first:
                say("the two differ")
                return None
        self._known[wallet] = first
        return first

    def _given(self) -> str | None:
        return self.environ.get(PASSWORD_VARIABLE) or None

    def _keep(self, wallet: str, prompt: str) -> str | None:
        if not can_ask():
            return None
        with self.hold():
            self._known[wallet] = getpass(prompt, stream=sys.stderr)
        return self._known[wallet]


def reveal_mnemonic(wallet: str, mnemonic: str) -> None:
    """Show a new coldkey's words on the terminal, once; where stderr is none, not at all."""
    if is_terminal(sys.stderr):
        say(f"coldkey {wallet}: write these words down, they are shown this once:\n  {mnemonic}")


def keep_mnemonic(_wallet: str, _mnemonic: str) -> None:
    """Show nothing: the words stay in the keyfile."""
