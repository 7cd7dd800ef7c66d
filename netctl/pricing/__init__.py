"""What registration costs, and when to register."""
