"""The four regions that the US Census Bureau divides the states into."""

from __future__ import annotations

REGIONS = ("Northeast", "Midwest", "South", "West")
ELSEWHERE = "elsewhere"
"""Where a place lies that is in none of the fifty states or DC, or whose state is not told."""

_STATES = {
    "Northeast": "CT ME MA NH RI VT NJ NY PA",
    "Midwest": "IL IN MI OH WI IA KS MN MO NE ND SD",
    "South": "DE DC FL GA MD NC SC VA WV AL KY MS TN AR LA OK TX",
    "West": "AZ CO ID MT NV NM UT WY AK CA HI OR WA",
}
_REGION_OF = {state: region for region, states in _STATES.items() for state in states.split()}


def region_of(state: str) -> str:
    """The region of a state by its two letters."""
    return _REGION_OF.get(state, ELSEWHERE)
