"""How many people a change disconnects."""

from components.services import DDP_STREAMER


class People:
    """Those connected to each ddp-streamer.

    They are spread evenly at first. When an instance goes, its people connect again, spread evenly
    over the instances that are ready; nobody moves to a new instance by themselves.

    Args:
        users: How many are connected; by default as many as the instances are planned for.
    """

    def __init__(self, users: int | None) -> None:
        self._users = users
        self._by_instance: dict[str, float] = {}
        self._waiting = 0.0
        """Those who find no instance."""
        self._began = False
        self.disconnected = 0.0
        """How often people were disconnected so far."""

    def look(self, ready: set[str]) -> None:
        """Moves people for the instances that are ready now, by their names."""
        if not self._began:
            planned = len(ready) * (DDP_STREAMER.users_per_instance or 0)
            # Nobody is connected yet where nothing runs.
            self._waiting = float(planned if self._users is None or not ready else self._users)
            self._began = True
        gone = self._by_instance.keys() - ready
        leaving = sum(self._by_instance.pop(name) for name in gone)
        self.disconnected += leaving
        self._waiting += leaving
        for name in ready:
            self._by_instance.setdefault(name, 0.0)
            self._by_instance[name] += self._waiting / len(ready)
        if ready:
            self._waiting = 0.0
