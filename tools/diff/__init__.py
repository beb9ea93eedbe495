"""Compares the working tree with a base revision, without credentials, state or a real cluster."""
