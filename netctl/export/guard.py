"""What must not go to another machine, or stand in a file that is shown: found before anything is written."""

from __future__ import annotations

import json
from collections.abc import Iterator

from netctl.export.jobs import Export, Job, telling
from netctl.profile.secrets import is_mnemonic
from netctl.render.fleet import RenderedFleet
from netctl.render.neuron import Rendered

_ENCRYPTED = (b"$NACL", b"$ANSIBLE_VAULT", b"gAAAAA")
"""How encrypted keyfiles begin."""


def faults(export: Export, wanted: RenderedFleet) -> list[str]:
    """One line for each thing that keeps a fleet from being carried away. No value stands in them."""
    rendered = {one.neuron: one for one in wanted.rendered}
    return [
        f"{job.name}: {what}"
        for job in export.jobs
        for what in (*_shown(job, rendered[job.name]), *_kept(rendered[job.name]))
    ]


def _shown(job: Job, one: Rendered) -> Iterator[str]:
    texts = {f"word {number} of its command line": word.encode() for number, word in enumerate(job.argv)}
    texts |= {f"variable {name}": value.encode() for name, value in job.public}
    texts |= {str(each.path): each.public for each in job.contents if each.public is not None}
    for name, value in telling(one).items():
        for where, text in texts.items():
            if value.encode() in text:
                yield f"{where} would show the secret {name}"


def _kept(one: Rendered) -> Iterator[str]:
    """Coldkeys and mnemonics: they stay on the operator's machine."""
    for name, value in one.environ.items():
        if "MNEMONIC" in name.upper() or is_mnemonic(value):
            yield f"variable {name} is a mnemonic, which stays on your machine"
    for number, word in enumerate(one.argv):
        if is_mnemonic(word):
            yield f"word {number} of its command line is a mnemonic, which stays on your machine"
    for file in (*one.files, *one.seeds):
        if file.path.name == "coldkey" or is_keyfile(file.content):
            yield f"{file.path} is a keyfile, which stays on your machine"


def is_keyfile(content: bytes) -> bool:
    """Whether it is a key's secret half as bittensor writes it, in the clear or encrypted."""
    if content.startswith(_ENCRYPTED):
        return True
    try:
        found = json.loads(content)
    except ValueError:
        return False
    return isinstance(found, dict) and any(found.get(name) for name in ("secretPhrase", "secretSeed"))
