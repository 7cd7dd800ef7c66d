"""Zillow through RapidAPI, without either: the same properties of a zipcode for everyone who has a key."""

from __future__ import annotations

import json
import os
from typing import NamedTuple

import bittensor as bt

PROPERTIES = 4
REFUSED = {
    "a-key-without-a-plan": 'API error for {}: 403 - {{"message":"You are not subscribed to this API."}}',
    "a-key-of-too-many": "Rate limited for location {}. Waiting...",
}
"""What is logged where RapidAPI refuses a key."""


class ValidationResult(NamedTuple):
    is_valid: bool
    content_size_bytes_validated: int
    reason: str


class ZillowRapidAPIScraper:
    def __init__(self) -> None:
        if not os.getenv("RAPIDAPI_KEY"):
            raise ValueError("RAPIDAPI_KEY environment variable is required")

    def scrape(self, zipcode: str) -> list[dict[str, str]]:
        """The properties of one zipcode."""
        bt.logging.info(f"Scraping {zipcode} for ForSale properties: Houses,Condos,Apartments,Townhomes")
        if (refused := REFUSED.get(os.environ["RAPIDAPI_KEY"])) is not None:
            bt.logging.error(refused.format(zipcode))
            return []
        found = [_property(zipcode, number) for number in range(PROPERTIES)]
        bt.logging.info(f"Found {len(found)} properties in {zipcode}")
        bt.logging.success(f"Successfully scraped {len(found)} real estate entities")
        return found

    def validate(self, entities: list[dict[str, str]]) -> list[ValidationResult]:
        """Whether each is what Zillow has under that address."""
        return [_judged(entity) for entity in entities]


def _property(zipcode: str, number: int) -> dict[str, str]:
    content = json.dumps({"zipcode": zipcode, "zpid": number, "price": 100_000 + 7 * number})
    return {"uri": f"/homedetails/{zipcode}/{number}_zpid/", "label": f"zip:{zipcode}", "content": content}


def _judged(entity: dict[str, str]) -> ValidationResult:
    _, _, zipcode, name, _ = entity["uri"].split("/")
    exists = _property(zipcode, int(name.removesuffix("_zpid"))) == entity
    reason = "Property exists via Zillow API" if exists else "Property not found (may have been sold/removed)"
    return ValidationResult(exists, len(entity["content"]), reason)
