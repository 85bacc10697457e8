"""Faults that any of several server families can have, as `tests/lab/draw record` makes them live."""
