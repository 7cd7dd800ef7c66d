"""What every client is tried with: the rows of the table in docs/clients.md, and how a walk tells what came of them.

A walk is a program run by the client's own interpreter: `WALK.py URL` with HOME in an empty directory. It prints one
JSON object a line, `{"operation": NAME, "ok": true | false | null, "note": TEXT}`; null says that the client does not
offer it.
"""

from __future__ import annotations

OPERATIONS = (
    "connect",
    "wallet",
    "balance",
    "transfer",
    "register, burned",
    "register, with a limit",
    "register, proof of work",
    "uid",
    "neurons",
    "metagraph",
    "serve axon",
    "stake",
    "unstake",
    "weights, set",
    "weights, committed and revealed",
    "weights, timelocked",
    "subnets list",
    "subnet show",
    "hyperparameters",
    "sudo set",
)
