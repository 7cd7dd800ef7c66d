"""What a pack says of a miner's work: which lines tell where it looked, what it found and sent, how good that was."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


class Amount(_Part):
    """A signal of miners, and the field of it that says how much; without one each event counts as one."""

    signal: str
    amount: str | None = None


class Quality(_Part):
    """A signal of validators about a miner, and which words of its field `outcome` are good or bad; others count as
    neither.
    """

    signal: str
    outcome: str
    good: tuple[str, ...] = Field(min_length=1)
    bad: tuple[str, ...] = Field(min_length=1)


class Activity(_Part):
    """`looked`: a miner looked at one zipcode (it has a field of kind zipcode), and how much it found there. `rounds`:
    a round of its work is over, with how much it brought. `sent`: what it uploaded.
    """

    looked: Amount
    rounds: Amount
    sent: Amount | None = None
    quality: Quality | None = None
