"""A fleet's samples for other programs: Prometheus' text of now, and whole tables as files."""
