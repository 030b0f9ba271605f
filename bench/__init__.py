"""Measure Passline beside a bare Flask route, in one run on pinned cores."""
