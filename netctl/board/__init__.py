"""What the dashboard shows: plain documents made from the store and the status, bit by bit as they grow."""
