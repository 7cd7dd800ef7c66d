"""pm2's ecosystem files, turned into a profile: what they say, what of it a profile can say, and the rest as notes."""
