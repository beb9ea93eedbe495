"""Writes what follows from the catalogue, the inputs' declarations and their rows."""
