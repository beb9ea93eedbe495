"""Plays a change on a twin of a cluster before it is made: `python -m tools.rehearse`."""
