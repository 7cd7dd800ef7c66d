"""What stays up while a fleet does: one small process that starts again what dies, watches, and tells `status`."""
