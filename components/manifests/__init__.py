"""Rendered objects: patched, verified, and read for outputs."""
