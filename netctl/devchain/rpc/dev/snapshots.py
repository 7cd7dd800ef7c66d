"""dev_snapshot, dev_revert, dev_export, dev_import, dev_reorg: going back, and taking another way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from netctl.devchain.archive import Archive
from netctl.devchain.chain import Chain
from netctl.devchain.reorganise import reorganise
from netctl.devchain.rpc.protocol import INVALID_PARAMS, RpcError, method, natural, obeying, to_hex
from netctl.devchain.snapshots import Facts


class SnapshotMethods:
    """Snapshots, files of them, and reorganisations of one chain."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain
        self._archive = Archive(chain)

    @method("dev_snapshot")
    async def snapshot(self, name: Any) -> dict[str, Any]:
        """Keep the chain as it is under a name; gives block and hash."""
        with obeying():
            return _told(await self._archive.take(name))

    @method("dev_revert")
    async def revert(self, name: Any) -> dict[str, Any]:
        """Go back to a snapshot; what came after it is gone, final blocks and the pool too."""
        with obeying():
            return _told(await self._archive.revert(name))

    @method("dev_snapshots")
    def snapshots(self) -> list[dict[str, Any]]:
        """Name, block, hash and size of each snapshot; `problem` is null but for one that is damaged."""
        with obeying():
            return self._archive.list()

    @method("dev_removeSnapshot")
    def remove(self, name: Any) -> None:
        """Forget a snapshot."""
        with obeying():
            self._archive.remove(name)

    @method("dev_export")
    async def export(self, path: Any) -> dict[str, Any]:
        """Write the chain as it is to a file on the chain's machine, by absolute path."""
        with obeying():
            return _told(await self._archive.export(_path(path)))

    @method("dev_import")
    async def import_(self, path: Any) -> dict[str, Any]:
        """Become what an exported file holds; what this chain held is gone."""
        with obeying():
            return _told(await self._archive.restore(_path(path)))

    @method("dev_reorg")
    def reorg(self, depth: Any, readmit: Any = True) -> list[str]:
        """Replace the last blocks, none of them final; gives the new ones' hashes. `readmit` false drops extrinsics."""
        with obeying():
            sealed = reorganise(self._chain, natural(depth, "depth"), readmit=bool(readmit))
        return [to_hex(each.hash) for each in sealed]


def _path(value: Any) -> Path:
    if not isinstance(value, str) or not Path(value).is_absolute():
        raise RpcError(INVALID_PARAMS, "Invalid params: an absolute path wanted")
    return Path(value)


def _told(facts: Facts) -> dict[str, Any]:
    return {"block": facts.block, "hash": facts.hash, "finalized": facts.finalized, "genesis": facts.genesis}
