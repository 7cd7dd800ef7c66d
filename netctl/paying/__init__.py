"""Paying once and no more than allowed: budgets, intents, settlement, and what is owed."""
