"""Whether neurons do what they are for: probes as the pack and the profile declare them, asked and judged.

`model` is what crosses edges, `expand` makes a fleet's probes of what was written, `looking.look` asks those that are
due, `judging` says what the answers mean.
"""
