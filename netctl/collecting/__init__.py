"""Logs of other machines, brought into the operator's log directory as they are written."""
