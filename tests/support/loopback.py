"""Loopback addresses in place of a cluster's: every pod has one, and its ports stay its own."""

import random
import socket


def draw_addresses(number: int, port: int) -> list[str]:
    """Returns loopback addresses on which `port` is free, also of other tests that run."""
    while True:
        network = ".".join(str(random.randint(16, 254)) for _ in range(2))  # noqa: S311 - no secret
        addresses = [f"127.{network}.{i + 1}" for i in range(number)]
        if all(_is_free(address, port) for address in addresses):
            return addresses


def _is_free(address: str, port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True
