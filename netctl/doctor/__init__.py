"""What `netctl doctor` knows: rows that judge facts, and the one observation that the facts come from.

A row is a pure function from what was `Seen` to a `Finding`; each area's rows stand in a module of their own, and
`registry.ROWS` lists them all. `observe` alone asks anybody anything, through the ports.
"""
