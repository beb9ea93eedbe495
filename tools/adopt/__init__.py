"""Takes over a running Helm release, and hands it back: `python -m tools.adopt`."""
