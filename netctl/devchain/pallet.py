"""How pallets and runtime APIs are written: classes whose decorated methods are calls and API methods."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, TypeVar

from netctl.devchain.errors import DispatchError
from netctl.devchain.storage import Frame, View

FeePayer = Literal["signer", "owner_coldkey", "free"]
Precheck = Callable[..., None]
F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")
NOTE = "__devchain_approximates__"


@dataclass(frozen=True)
class Origin:
    """Who makes a call: a signed account, root, or nobody (an unsigned extrinsic)."""

    kind: Literal["signed", "root", "none"]
    account: str | None = None

    @classmethod
    def of(cls, account: str) -> Origin:
        """The origin of an extrinsic signed by `account` (ss58)."""
        return cls("signed", account)

    def signed(self) -> str:
        """The signing account's ss58; BadOrigin for root and for nobody."""
        if self.kind != "signed" or self.account is None:
            raise DispatchError.bad_origin()
        return self.account

    def root(self) -> None:
        """BadOrigin unless this is root."""
        if self.kind != "root":
            raise DispatchError.bad_origin()


ROOT = Origin("root")
NOBODY = Origin("none")


@dataclass(frozen=True)
class CallRule:
    """What the pool and the fee rule need to know of a call before it runs."""

    fee: FeePayer = "signer"
    unsigned: bool = False
    precheck: Precheck | None = None


UNMARKED = CallRule()


def approximates(note: str) -> Callable[[T], T]:
    """Say how a call, an API method, or all those of a class differ from the runtime's; docs/modelled.md shows it."""

    def mark(what: T) -> T:
        what.__devchain_approximates__ = note  # type: ignore[attr-defined]
        return what

    return mark


def approximation(owner: type, name: str) -> str | None:
    """What is said of a method: by itself, or else by the class that defines it."""
    definer = next(cls for cls in owner.__mro__ if name in vars(cls))
    said = getattr(vars(definer)[name], NOTE, None) or vars(definer).get(NOTE)
    return None if said is None else str(said)


def call(*, fee: FeePayer = "signer", unsigned: bool = False, precheck: Precheck | None = None) -> Callable[[F], F]:
    """Mark a pallet method `def name(self, frame, origin, *, arg, ...)` as the dispatchable of the same name.

    `fee` says who pays: the signer, the owner coldkey of the signing hotkey, or nobody. `precheck(view, origin,
    **args)` runs at the pool, at the head block's state, and raises PoolRejection.
    """

    def mark(method: F) -> F:
        method.__devchain_call__ = CallRule(fee, unsigned, precheck)  # type: ignore[attr-defined]
        return method

    return mark


def method(function: F) -> F:
    """Mark an Api method `def name(self, view, *, arg, ...)` as the runtime API method of the same name."""
    function.__devchain_method__ = True  # type: ignore[attr-defined]
    return function


def _marked(cls: type, attribute: str) -> dict[str, Any]:
    return {name: getattr(getattr(cls, name), attribute) for name in dir(cls) if hasattr(getattr(cls, name), attribute)}


@dataclass
class Pallet:
    """One pallet: its `@call` methods, and hooks at the edges of a block. Holds no state of its own."""

    name: ClassVar[str]
    rules: dict[str, CallRule] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.rules = _marked(type(self), "__devchain_call__")

    def rule(self, function: str) -> CallRule:
        """The rule of one of this pallet's calls; the ordinary one for calls that have no method."""
        return self.rules.get(function, UNMARKED)

    def on_initialize(self, frame: Frame) -> None:
        """Runs first in every block after genesis, before any extrinsic."""

    def on_finalize(self, frame: Frame) -> None:
        """Runs last in every block."""

    def other(self, frame: Frame, origin: Origin, function: str, args: dict[str, Any]) -> bool:
        """Handle a call that has no method of its own; False says it is not modelled and must be refused."""
        del frame, origin, function, args
        return False

    def others(self) -> Iterable[str]:
        """The calls that `other` handles."""
        return ()


@dataclass
class Api:
    """One runtime API: its `@method` methods, read-only over a View. A result None is encoded as option none."""

    name: ClassVar[str]
    methods: frozenset[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.methods = frozenset(_marked(type(self), "__devchain_method__"))


def run_method(api: Api, name: str, view: View, args: dict[str, Any]) -> Any:
    """Call a marked API method by name."""
    return getattr(api, name)(view, **args)
