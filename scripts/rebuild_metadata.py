"""Rebuild the embedded chain's packed runtime metadata, byte for byte.

    python scripts/rebuild_metadata.py                      the SDK's source distribution, fetched by pip
    python scripts/rebuild_metadata.py path/to/golden.json  the test fixture in it
    python scripts/rebuild_metadata.py ws://127.0.0.1:9944  a node

Writes runtime-SPEC.xz and manifest.json into netctl/devchain/data, or into --out.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

from websockets.sync.client import connect

from netctl.devchain import compat
from netctl.devchain.metadata import MAGIC, decode_metadata, encode_metadata
from netctl.devchain.patches import PATCHES, apply_patches
from netctl.devchain.runtime import pack

SDK_VERSION = "11.3.0"
FIXTURE = "tests/fixtures/golden.json"
DATA = Path(__file__).parent.parent / "netctl" / "devchain" / "data"


@dataclass(frozen=True)
class Source:
    """Metadata as found, and where."""

    where: str
    spec: int
    genesis: str
    v15: bytes
    v14: bytes


def from_fixture(raw: str) -> Source:
    """Out of the text of golden.json."""
    golden = json.loads(raw)
    network, metadata = golden["network"], golden["metadata"]
    v15, v14 = (_bare(metadata[name]) for name in ("v15_hex", "v14_hex"))
    where = f"bittensor {SDK_VERSION}, source distribution, {FIXTURE}"
    return Source(where, network["spec_version"], network["genesis_hash"], v15, v14)


def from_sdist() -> Source:
    """Out of the source distribution, fetched by pip from the configured index."""
    with tempfile.TemporaryDirectory() as scratch:
        wanted = f"bittensor=={SDK_VERSION}"
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-build-isolation", "--no-binary=:all:"]
        subprocess.run([*command, "--dest", scratch, wanted], check=True, stdout=sys.stderr)
        (archive,) = Path(scratch).glob("*.tar.gz")
        with tarfile.open(archive) as packed:
            member = packed.extractfile(f"bittensor-{SDK_VERSION}/{FIXTURE}")
            if member is None:
                raise SystemExit(f"error: {archive.name} has no {FIXTURE}")
            return from_fixture(member.read().decode())


def from_node(endpoint: str) -> Source:
    """From a running node."""
    with connect(endpoint, max_size=None) as socket:

        def ask(method: str, *params: object) -> object:
            socket.send(json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}))
            answer = json.loads(socket.recv())
            if "error" in answer:
                raise SystemExit(f"error: {endpoint} refuses {method}: {answer['error']}")
            return answer["result"]

        spec = ask("state_getRuntimeVersion")["specVersion"]  # type: ignore[index]
        v15, v14 = (
            _bare(str(ask("state_call", "Metadata_metadata_at_version", "0x" + number.to_bytes(4, "little").hex())))
            for number in (15, 14)
        )
        return Source("a running node", int(spec), str(ask("chain_getBlockHash", 0)), v15, v14)


def _bare(text: str) -> bytes:
    raw = bytes.fromhex(text.removeprefix("0x"))
    return raw[raw.index(MAGIC) :]


def rebuild(source: Source, out: Path) -> Path:
    """Patch, pack and describe; gives the pack's path."""
    edited = []
    for raw in (source.v15, source.v14):
        metadata = decode_metadata(raw)
        if encode_metadata(metadata) != raw:
            raise SystemExit("error: the metadata does not survive a round trip unedited")
        apply_patches(metadata)
        edited.append(encode_metadata(metadata))
    packed = pack(*edited)
    path = out / f"runtime-{source.spec}.xz"
    path.write_bytes(packed)
    sizes = {"v15": (source.v15, edited[0]), "v14": (source.v14, edited[1])}
    manifest = {
        "source": source.where,
        "spec_version": source.spec,
        "genesis_hash": source.genesis,
        "pack": {"file": path.name, "bytes": len(packed), "sha256": hashlib.sha256(packed).hexdigest()},
        "metadata": {
            name: {
                "source_bytes": len(raw),
                "source_sha256": hashlib.sha256(raw).hexdigest(),
                "packed_bytes": len(new),
                "packed_sha256": hashlib.sha256(new).hexdigest(),
            }
            for name, (raw, new) in sizes.items()
        },
        "edits": [{"what": patch.what, "why": patch.why} for patch in PATCHES],
        "set_when_loaded": ["Aura.SlotDuration", "Timestamp.MinimumPeriod"],
        "done_when_loaded_with_compat": [{"what": what, "why": why} for what, why in compat.EDITS],
    }
    (out / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    return path


def main() -> int:
    """Parse, read the source, write the pack."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("source", nargs="?", help="golden.json or ws://...; the SDK's source distribution if left out")
    parser.add_argument("--out", type=Path, default=DATA, help="directory to write to")
    options = parser.parse_args()
    if options.source is None:
        source = from_sdist()
    elif options.source.startswith(("ws://", "wss://")):
        source = from_node(options.source)
    else:
        source = from_fixture(Path(options.source).read_text())
    path = rebuild(source, options.out)
    print(f"{path.name}: {path.stat().st_size} bytes, from {source.where}, spec {source.spec}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
