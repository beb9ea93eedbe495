"""How fast it is, measured against the plainest programs that do less."""
