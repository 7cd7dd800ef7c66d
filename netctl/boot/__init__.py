"""A fleet that comes up when the machine does: the unit of the user's systemd that sees to it. Pure."""
