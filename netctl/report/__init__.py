"""The report of a run: one document of plain values, and its HTML, Markdown and JSON."""
