"""Two runs side by side: what differs in what ran, and in what came out."""
