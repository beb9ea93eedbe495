"""What goes wrong with the simulated cluster, told to the person who runs it."""


class SimulationError(Exception):
    """The simulated cluster can't do what was asked; the message says what to do about it."""
