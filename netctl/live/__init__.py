"""What `netctl status --watch` shows: status and store together, as plain values. Pure, but for reading the store."""
