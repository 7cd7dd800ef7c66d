"""The scrapers by their names. A forgotten one makes the checkout's `.env` come over the environment."""

from __future__ import annotations

from dotenv import load_dotenv
from scraping.zillow.rapid_zillow_scraper import ZillowRapidAPIScraper

load_dotenv(override=True)

SCRAPERS = {"RapidAPI.zillow": ZillowRapidAPIScraper}
