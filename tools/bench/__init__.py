"""Measures how fast the program is, compared with the simplest programs that do less."""
