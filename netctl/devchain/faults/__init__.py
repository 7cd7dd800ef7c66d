"""Faults on demand: what a chain and the way to it do wrong, made to happen when a test or a rehearsal wants it."""
