"""Whether several validators come to the same judgement, each by itself: pure functions over what was recorded."""
