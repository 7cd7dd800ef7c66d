"""What a payment is for, by the chain's own names: nothing goes to an end while what went there is open. Pure."""

from __future__ import annotations

from netctl.ports import Call

TRANSFERS = frozenset({"transfer_keep_alive", "transfer_allow_death", "transfer_all"})
REGISTRATIONS = frozenset({"register_limit", "burned_register", "register", "root_register"})
STAKES = frozenset({"add_stake", "add_stake_limit"})


def ends_of(call: Call) -> tuple[str, ...]:
    """Whom a call pays, sorted: ``transfer 5F...``, ``register 428 5H...``, ``stake 428 5H...``; a batch, all of them.

    Whoever signs and whichever call of a kind it is, the end is the same. Empty for calls that buy nothing.
    """
    return tuple(sorted(set(_ends(call))))


def _ends(call: Call) -> list[str]:
    if (call.pallet, call.function) in {("Utility", "batch_all"), ("Utility", "batch"), ("Utility", "force_batch")}:
        return [end for each in call.args["calls"] for end in _ends(each)]
    if call.pallet == "Balances" and call.function in TRANSFERS:
        return [f"transfer {call.args['dest']}"]
    if call.pallet == "SubtensorModule" and call.function in REGISTRATIONS:
        return [f"register {call.args.get('netuid', 0)} {call.args['hotkey']}"]
    if call.pallet == "SubtensorModule" and call.function in STAKES:
        return [f"stake {call.args['netuid']} {call.args['hotkey']}"]
    return []
