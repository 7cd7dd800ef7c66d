"""A block's emission: TAO into pools, alpha into pools and into what waits for the epochs."""

from __future__ import annotations

from netctl.devchain.pallets import ledger
from netctl.devchain.pallets.subtensor import ownership
from netctl.devchain.pallets.subtensor.coinbase import accounts, split, terms
from netctl.devchain.pallets.subtensor.coinbase.issuance import SUPPLY_RAO, block_emission_rao
from netctl.devchain.pallets.subtensor.pool import note_price
from netctl.devchain.storage import Frame

_FREE = slice(16, 24)
"""Where the free balance lies in System.Account: behind four counters of four bytes."""


def emit(frame: Frame, netuids: list[int]) -> list[int]:
    """Emit to all subnets that take part, and say which they are. Without any, nothing is issued.

    No Balances event tells of it: the runtime's own are one Deposit for each subnet and block.
    """
    taking = [netuid for netuid in netuids if split.takes_part(frame, netuid)]
    issued = accounts.BALANCES_ISSUANCE.get(frame)
    emission = min(block_emission_rao(issued), max(0, SUPPLY_RAO - issued))
    accounts.BLOCK_EMISSION.put(frame, emission)
    shares = split.tao_q32(frame, taking, emission) if taking else {}
    sells_root = sum(split.moving_price_q32(frame, netuid) for netuid in taking) > split.ONE_Q32
    spent = 0
    for netuid, tao_q32 in shares.items():
        spent += _emit_to(frame, netuid, tao_q32, sells_root=sells_root)
    accounts.BALANCES_ISSUANCE.put(frame, issued + spent)
    accounts.TOTAL_ISSUANCE.put(frame, issued + spent)
    accounts.TOTAL_STAKE.add(frame, spent)
    return taking


def follow(frame: Frame, netuids: list[int]) -> None:
    """Moving prices and root's proportions as they are behind the block's epochs, for the next block to go by."""
    for netuid in netuids:
        _follow_price(frame, netuid)
        alpha = accounts.ALPHA_IN.get(frame, netuid) + accounts.ALPHA_OUT.get(frame, netuid)
        accounts.ROOT_PROPORTION_Q32.put(frame, _root_q32(frame, alpha), netuid)


def _root_q32(frame: Frame, alpha: int) -> int:
    root_tao, weight = accounts.SUBNET_TAO.get(frame, ownership.ROOT_NETUID), accounts.TAO_WEIGHT.get(frame)
    return terms.root_proportion_q32(root_tao, weight, alpha)


def _emit_to(frame: Frame, netuid: int, tao_q32: int, *, sells_root: bool) -> int:
    """One subnet's emission; gives the rao of TAO that were issued for it."""
    tao, alpha_in = accounts.SUBNET_TAO.get(frame, netuid), accounts.ALPHA_IN.get(frame, netuid)
    alpha_out = accounts.ALPHA_OUT.get(frame, netuid)
    emitted = block_emission_rao(alpha_in + alpha_out)
    laid = terms.pool_terms(tao_q32, tao, alpha_in, emitted, _root_q32(frame, alpha_in + alpha_out))
    bought = alpha_in * laid.excess_tao // (tao + laid.excess_tao) if laid.excess_tao and alpha_in else 0
    excess = laid.excess_tao if bought else 0
    spent = laid.tao_in + excess
    _credit_pool(frame, netuid, spent)
    tao, alpha_in = tao + spent, alpha_in - bought + laid.alpha_in
    accounts.SUBNET_TAO.put(frame, tao, netuid)
    accounts.ALPHA_IN.put(frame, alpha_in, netuid)
    if accounts.MECHANISM.get(frame, netuid) == 1:
        note_price(frame, netuid, tao, alpha_in)
    accounts.PROTOCOL_ALPHA.add(frame, bought, netuid)
    accounts.VOLUME.add(frame, excess, netuid)
    accounts.EXCESS_TAO.put(frame, excess, netuid)
    accounts.TAO_IN_EMISSION.put(frame, laid.tao_in, netuid)
    accounts.ALPHA_IN_EMISSION.put(frame, laid.alpha_in, netuid)
    accounts.ALPHA_OUT_EMISSION.put(frame, emitted, netuid)
    # Root's part of the people's alpha counts what this block has just made.
    root_q32 = _root_q32(frame, alpha_in + bought + alpha_out + emitted)
    recycled = _set_aside(frame, netuid, emitted, root_q32, sells_root=sells_root)
    accounts.ALPHA_OUT.put(frame, alpha_out + bought + emitted - recycled, netuid)
    return spent


def _set_aside(frame: Frame, netuid: int, emitted: int, root_q32: int, *, sells_root: bool) -> int:
    """Put emitted alpha where the next epoch finds it; gives what was recycled of it.

    Root has its dividends only while the moving prices of all subnets sum up to more than one TAO.
    """
    cut = accounts.OWNER_CUT_U16.get(frame) if accounts.OWNER_CUT_ENABLED.get(frame, netuid) else 0
    parts = terms.alpha_terms(emitted, cut, root_q32)
    accounts.PENDING_OWNER_CUT.add(frame, parts.owner, netuid)
    accounts.PENDING_SERVER.add(frame, parts.server, netuid)
    accounts.PENDING_VALIDATOR.add(frame, parts.validator, netuid)
    if sells_root:
        accounts.PENDING_ROOT.add(frame, parts.root, netuid)
        return 0
    accounts.ALPHA_RECYCLED.add(frame, parts.root, netuid)
    return parts.root


def _credit_pool(frame: Frame, netuid: int, amount_rao: int) -> None:
    """Add TAO to the account of a subnet; in place where it exists, since every block does it."""
    account = ownership.subnet_account(netuid)
    key = frame.codec.entry("System", "Account").key((account,))
    raw = frame.get_raw(key)
    if raw is None:
        ledger.credit(frame, account, amount_rao)
    elif amount_rao:
        free = int.from_bytes(raw[_FREE], "little") + amount_rao
        frame.put_raw(key, raw[: _FREE.start] + free.to_bytes(8, "little") + raw[_FREE.stop :])


def _follow_price(frame: Frame, netuid: int) -> None:
    """The moving price goes towards the price, but none above 1 TAO; the slower, the younger the subnet."""
    age = max(0, frame.block - max(0, accounts.FIRST_EMISSION_BLOCK.get(frame, netuid) - 1))
    halving = accounts.PRICE_HALVING_BLOCKS.get(frame, netuid)
    base_q64 = accounts.MOVING_ALPHA_Q32.get(frame) << 32
    alpha_q64 = base_q64 * ((age << 64) // (age + halving)) >> 64 if age + halving else 0
    pooled = accounts.ALPHA_IN.get(frame, netuid)
    is_dynamic = accounts.MECHANISM.get(frame, netuid) == 1
    tao = accounts.SUBNET_TAO.get(frame, netuid)
    price_q64 = ((tao << 64) // pooled if pooled else 0) if is_dynamic else split.ONE_Q64
    old_q64 = split.moving_price_q32(frame, netuid) << 32
    moved = alpha_q64 * min(price_q64, split.ONE_Q64) >> 64
    kept = (split.ONE_Q64 - alpha_q64) * old_q64 >> 64
    accounts.MOVING_PRICE_Q32.put(frame, (moved + kept) >> 32, netuid)
