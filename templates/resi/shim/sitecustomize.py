"""Keeps a neuron that runs off the public networks from asking the internet for its own address.

Python imports this before the neuron. When bittensor's networking module is loaded, its look-up is replaced by an
answer that is right here: loopback. Without it no Dendrite can be made on a machine without internet.
"""

import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.util import find_spec

PATCHED = "bittensor.utils.networking"


class _Patching(Loader):
    def __init__(self, inner):
        self.inner = inner

    def create_module(self, spec):
        return self.inner.create_module(spec)

    def exec_module(self, module):
        self.inner.exec_module(module)
        module.get_external_ip = lambda: "127.0.0.1"


class _Finder(MetaPathFinder):
    def find_spec(self, fullname, path=None, target=None):  # noqa: ARG002  what importlib calls it with
        if fullname != PATCHED or self not in sys.meta_path:
            return None
        sys.meta_path.remove(self)
        spec = find_spec(fullname)
        if spec is not None and spec.loader is not None:
            spec.loader = _Patching(spec.loader)
        return spec


sys.meta_path.insert(0, _Finder())
