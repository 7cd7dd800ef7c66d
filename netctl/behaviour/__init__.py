"""How miners behave over time, next to what they earn: pure functions over what was recorded."""
