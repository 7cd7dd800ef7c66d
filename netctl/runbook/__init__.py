"""Runbooks: Markdown that people read, with steps and commands that netctl runs, records and resumes."""
