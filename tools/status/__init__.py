"""Compares what runs on a cluster with what was deployed: `python -m tools.status`."""
