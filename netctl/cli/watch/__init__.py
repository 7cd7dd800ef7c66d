"""`netctl status --watch`: the fleet on a screen of its own, drawn by Textual; imported when that is asked for."""
