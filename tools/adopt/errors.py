"""What keeps a workspace from being taken over or handed back."""


class AdoptError(Exception):
    """Nothing more was done; the message says why, and what to do."""
