"""Questions to the person at the terminal; without one, and without ``--yes``, nothing is done (exit 7)."""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from getpass import getpass

from netctl.cli.output import can_ask, is_terminal, say
from netctl.errors import PolicyError
from netctl.fleet import Fleet, Network
from netctl.paying import policy

PASSWORD_VARIABLE = "NETCTL_COLDKEY_PASSWORD"  # noqa: S105 - the name of a variable, not a password
ATTEMPTS = 3


def ask(question: str, *, default: str = "") -> str:
    """A line typed in answer; Ctrl-D counts as no answer."""
    try:
        return _typed(question).strip() or default
    except EOFError:
        say()
        return default


def choose(question: str, answers: Sequence[str], *, usual: str | None = None) -> str | None:
    """One of the answers, typed or by its beginning; `usual` for an empty line. None when no more can be typed.

    Asked again until it is one.
    """
    words = ", ".join(f"[{answer}]" if answer == usual else answer for answer in answers)
    while True:
        try:
            said = _typed(f"{question} ({words})".strip()).strip().lower()
        except EOFError:
            say()
            return None
        if not said and usual is not None:
            return usual
        meant = [answer for answer in answers if answer == said] or [a for a in answers if said and a.startswith(said)]
        if len(meant) == 1:
            return meant[0]
        say(f"one of {', '.join(answers)}, or the beginning of it")


def _typed(question: str) -> str:
    print(question, end=" ", file=sys.stderr, flush=True)
    with _interruptible():
        return input()


def secretly(prompt: str) -> str:
    """A line typed and not echoed."""
    with _interruptible():
        return getpass(prompt, stream=sys.stderr)


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let the first Ctrl-C end the question: asyncio's own handler only notes it, and the reading would go on.

    In a loop it then ends as asyncio ends things, by cancelling; a KeyboardInterrupt would leave tasks unheard.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        say()
        if callable(before):
            before(signal.SIGINT, None)
        raise asyncio.CancelledError from None
    finally:
        signal.signal(signal.SIGINT, before)


def consent(fleet: Fleet, what: str, *, pays: bool, yes: bool) -> None:
    """Let the person agree to `what`, as `netctl.paying.policy` asks; PolicyError where nobody does."""
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


def agree_by_name(network: Network, what: str) -> None:
    """Let the person agree by typing the network's name, for which no --yes stands; PolicyError."""
    if not can_ask():
        raise PolicyError(f"{what}: nobody can be asked to type the network's name", hint="run it on a terminal")
    if ask(f"{what}; type {network.kind} to go on:") != network.kind:
        raise PolicyError(f"{what}: not confirmed", hint="nothing was done")


@dataclass(slots=True)
class Passwords:
    """Coldkeys' passwords: from NETCTL_COLDKEY_PASSWORD, else asked for once per wallet on a terminal, never echoed.

    `hold` keeps live progress still while a password is typed.
    """

    environ: Mapping[str, str] = field(repr=False)
    hold: Callable[[], AbstractContextManager[None]]
    _known: dict[str, str] = field(default_factory=dict, repr=False)
    _over: bool = False

    def of_existing(self, wallet: str) -> str | None:
        """The password that opens the wallet's coldkey, None where nobody can say."""
        return self._given() or self._known.get(wallet) or self._keep(wallet, f"Password of coldkey {wallet}: ")

    def forget(self, wallet: str) -> bool:
        """Drop a password that did not open the wallet's coldkey; whether the person can be asked again."""
        if self._known.pop(wallet, None) is None:
            return False
        say(f"that does not open coldkey {wallet}")
        return True

    def of_new(self, wallet: str) -> str | None:
        """A password for a coldkey about to be made, typed twice; None where nobody can say or they keep differing."""
        known = self._given() or self._known.get(wallet)
        if known is not None or not can_ask():
            return known
        for _ in range(ATTEMPTS):
            first = self._typed(f"Password for the new coldkey {wallet}: ")
            if self._typed("The same once more: ") == first:
                self._known[wallet] = first
                return first
            say("the two differ")
        return None

    def _given(self) -> str | None:
        return self.environ.get(PASSWORD_VARIABLE) or None

    def _keep(self, wallet: str, prompt: str) -> str | None:
        if not can_ask():
            return None
        self._known[wallet] = self._typed(prompt)
        return self._known[wallet]

    def _typed(self, prompt: str) -> str:
        """What is typed; after a Ctrl-C nobody is asked anything more."""
        if self._over:
            raise asyncio.CancelledError
        try:
            with self.hold():
                return secretly(prompt)
        except asyncio.CancelledError:
            self._over = True
            raise


def reveal_mnemonic(wallet: str, mnemonic: str) -> None:
    """Show a new coldkey's words on the terminal, once; where stderr is none, not at all."""
    if is_terminal(sys.stderr):
        say(f"coldkey {wallet}: write these words down, they are shown this once:\n  {mnemonic}")


def keep_mnemonic(_wallet: str, _mnemonic: str) -> None:
    """Show nothing: the words stay in the keyfile."""
