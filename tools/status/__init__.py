"""What runs, against what was asked for: `python -m tools.status`."""
