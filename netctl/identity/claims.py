"""What each neuron of a fleet claims for itself, and two of one profile that claim the same. Pure but for symlinks."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from netctl.fleet import Fleet, NeuronSpec
from netctl.identity.reading import program_at, uses_of
from netctl.ports import Exclusive, Use

if TYPE_CHECKING:
    from netctl.pack_model import RoleSpec  # what only looks at a fleet must not load what reads profiles

ANYWHERE = "*"
"""The node of one that any node may get."""
PROXY = "proxy"
"""The session of the fleet's proxy, see `netctl.chaos.session`."""


@dataclass(frozen=True, slots=True)
class Claims:
    """All that one neuron must have to itself. `marker` is what its own processes carry: ``<state>/<neuron>``.

    Paths have their symlinks followed. It holds no secret, and fields that any JSON library carries.
    """

    neuron: str
    marker: str
    uses: tuple[Use, ...]

    @property
    def own(self) -> tuple[str, ...]:
        """The markers of processes that may have it: its own, and the fleet's proxy, which listens in its place."""
        return self.marker, f"{self.marker.removesuffix(f'/{self.neuron}')}/{PROXY}"

    def paths(self) -> Iterator[str]:
        """Its files, the hotkey's among them."""
        return (use.value for use in self.uses if use.kind != "port")

    def ports(self) -> Iterator[int]:
        """Its TCP ports."""
        return (int(use.value) for use in self.uses if use.kind == "port" and use.value.isdigit())


@dataclass(frozen=True, slots=True)
class Shared:
    """A thing that several neurons of one fleet claim."""

    use: Use
    neurons: tuple[str, ...]


def exclusives_of(role: RoleSpec, argv: Sequence[str], code: str) -> tuple[Exclusive, ...]:
    """The pack's `owns:` of a role, with the program that it speaks of, as `argv` of any neuron of it shows.

    Without `argv` the program is not known, and what it takes by default stays out of account.
    """
    interpreter, program = program_at(argv, len(role.program) - 1, code) if argv else ("", "")
    return tuple(
        Exclusive(
            what=one.what,
            kind=one.kind,
            option=one.option,
            default=one.default,
            root=one.root,
            until=one.until,
            add=one.add,
            interpreter=interpreter,
            program=program,
        )
        for one in role.owns
    )


def claims_of(
    fleet: Fleet,
    neuron: NeuronSpec,
    argv: Sequence[str],
    cwd: str,
    environ: Mapping[str, str],
    exclusives: Sequence[Exclusive] = (),
) -> Claims:
    """What a neuron claims when it is started like this: what its words say, else what the profile says.

    A port of a neuron on another machine is that machine's: ``nd1:8091``, with a star where any node may get it.
    """
    said = uses_of(argv, cwd, environ, exclusives)
    kinds = {use.kind for use in said}
    profile = [
        Use("hotkey", "hotkey", str(fleet.wallet_path / neuron.wallet / "hotkeys" / neuron.hotkey)),
        Use("port", "axon port", str(neuron.bind_port)),
    ]
    uses = [*(use for use in profile if use.kind not in kinds), *said]
    if neuron.placing is not None:
        node = neuron.placing.node or ANYWHERE
        # One that has no node yet takes nobody's port.
        uses = [use for use in uses if use.kind != "port" or not neuron.placing.is_lost]
        uses = [replace(use, value=f"{node}:{use.value}") if use.kind == "port" else use for use in uses]
    return Claims(neuron.name, f"{fleet.state}/{neuron.name}", tuple(map(real, uses)))


def of_profile(fleet: Fleet, neuron: NeuronSpec) -> Claims:
    """What can be said of a neuron that was never rendered: its hotkey and its port."""
    return claims_of(fleet, neuron, (), "/", {})


def real(use: Use) -> Use:
    """The same with every symlink of its path followed, also where the file itself is still to be made."""
    return use if use.kind == "port" else Use(use.kind, use.what, os.path.realpath(use.value))


def shared(claims: Sequence[Claims]) -> tuple[Shared, ...]:
    """Every thing that more than one neuron claims. A port that is claimed on any node meets that of each node."""
    found: dict[tuple[str, str], tuple[Use, dict[str, None]]] = {}
    for one in claims:
        for use in one.uses:
            found.setdefault(use.key, (use, {}))[1][one.neuron] = None
    anywhere = {use.value.rpartition(":")[2]: names for use, names in found.values() if use.value.startswith(ANYWHERE)}
    for use, names in found.values():
        if anywhere and use.kind == "port":
            names.update(dict.fromkeys(anywhere.get(use.value.rpartition(":")[2], ())))
    return tuple(Shared(use, tuple(names)) for use, names in found.values() if len(names) > 1)
