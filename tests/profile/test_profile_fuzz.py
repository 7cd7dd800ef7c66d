"""Whatever the bytes: a Profile, or faults that each have a place. Never another exception, never a long wait.

The default suite runs a seeded part; NETCTL_FUZZ=N runs N times as many examples, in another order each time.
"""

from __future__ import annotations

import copy
import os
import random
import string
import tempfile
from pathlib import Path
from typing import Any

import yaml
from hypothesis import HealthCheck, example, given, seed, settings
from hypothesis import strategies as st

from netctl.errors import Fault, ProfileError
from netctl.profile import Profile, load, neuron_names
from netctl.resolve import resolve

VALID = (Path(__file__).parent / "valid.yaml").read_text(encoding="utf-8")
BAD = sorted((Path(__file__).parent / "bad").glob("*.yaml"))
PARSED = yaml.load(VALID, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
DUMPER: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
FACTOR = int(os.environ.get("NETCTL_FUZZ", "1"))


def _quickly(examples: int) -> Any:
    options = settings(
        max_examples=examples * FACTOR,
        deadline=None,
        derandomize=FACTOR == 1,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    return lambda function: seed(428)(options(function)) if FACTOR == 1 else options(function)


def _load(path: Path) -> tuple[Profile | None, tuple[Fault, ...]]:
    try:
        return load(path, packs=("rehearsal", "resi")), ()
    except ProfileError as error:
        return None, error.faults


def _check(content: bytes) -> None:
    """The law: a Profile that resolves, or faults with file, line and message."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "profile.yaml"
        path.write_bytes(content)
        neuron_names(path)
        profile, faults = _load(path)
        if profile is None:
            assert faults
            for fault in faults:
                assert fault.file == path
                assert fault.line is not None
                assert 1 <= fault.line <= content.count(b"\n") + content.count(b"\r") + 1
                assert fault.message
                assert fault.hint
                assert "cannot be used" not in fault.message, "a kind of error without words of its own"
        else:
            for rehearse in (True, False):
                fleet = resolve(profile, profile_path=path, state_home=Path("/s"), python=Path("/p"), rehearse=rehearse)
                assert len({neuron.axon_port for neuron in fleet.neurons}) == len(fleet.neurons)
                assert len({neuron.name.lower() for neuron in fleet.neurons}) == len(fleet.neurons)


@_quickly(150)
@given(st.binary(max_size=400))
@example(b"\xff\xfe\x00")
@example(b"? ? ? ?")
@example(b"- - - - &a *a")
@example(b"%YAML 9.9\n---\na: 1")
def test_any_bytes_give_faults_or_a_profile(content: bytes) -> None:
    _check(content)


@_quickly(150)
@given(st.text(alphabet=string.ascii_lowercase + "0123456789:-?[]{}&*!|>'\"%@`#,.$~ \n\t", max_size=200))
def test_any_text_of_yamls_own_characters_gives_faults_or_a_profile(text: str) -> None:
    _check(text.encode("utf-8"))


@_quickly(150)
@given(st.sampled_from([VALID.encode(), *(path.read_bytes() for path in BAD if path.stat().st_size < 3000)]), st.data())
def test_a_profile_with_pieces_moved_cut_and_doubled_gives_faults_or_a_profile(content: bytes, data: Any) -> None:
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, max(0, len(content) - 1)))
        end = data.draw(st.integers(start, min(len(content), start + 40)))
        piece = data.draw(st.one_of(st.just(b""), st.just(content[start:end] * 2), st.binary(max_size=6)))
        content = content[:start] + piece + content[end:]
    _check(content)


ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(max_size=12),
    st.sampled_from(
        ["", "{i}", "{", "}", "{n}", "$", "$X", "~x", "chain", "all", "30s", "a/b", "..", "\n", "08701", "no"]
    ),
    st.lists(st.integers(-3, 70000), max_size=3),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=3),
)


@_quickly(200)
@given(st.data())
def test_a_profile_with_odd_values_gives_faults_or_a_profile(data: Any) -> None:
    document = copy.deepcopy(PARSED)
    for _ in range(data.draw(st.integers(1, 4))):
        _spoil(document, data)
    _check(yaml.dump(document, Dumper=DUMPER, allow_unicode=data.draw(st.booleans())).encode("utf-8", "surrogatepass"))


def _spoil(document: dict[str, Any], data: Any) -> None:
    """Put something odd at a random place: a value, a key, or one neuron more."""
    node: Any = document
    while True:
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        if not keys:
            return
        key = data.draw(st.sampled_from(keys))
        if isinstance(node[key], dict | list) and data.draw(st.integers(0, 3)):
            node = node[key]
            continue
        break
    match data.draw(st.integers(0, 3)):
        case 0 | 1:
            node[key] = data.draw(ODD)
        case 2:
            del node[key]
        case _ if isinstance(node, dict):
            node[data.draw(st.sampled_from(("name", "count", "port", "env", "stake", "x")))] = data.draw(ODD)
        case _:
            node.append(data.draw(ODD))


def test_mutations_of_every_bad_profile_give_faults_or_a_profile() -> None:
    numbers = random.Random(428)
    for path in BAD:
        lines = path.read_bytes().split(b"\n")
        if len(lines) > 60 or path.stat().st_size > 3000:
            continue
        for _ in range(FACTOR):
            mixed = [line for line in lines if numbers.random() > 0.1]
            numbers.shuffle(mixed) if numbers.random() < 0.3 else None
            _check(b"\n".join(mixed))
