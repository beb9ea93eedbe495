"""Does something again and again while something else happens."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def repeatedly(
    action: Callable[[], object], pause: Callable[[], float] = lambda: 0.0
) -> Iterator[None]:
    """Repeats an action in a thread of its own while the body runs.

    Args:
        action: What to do.
        pause: Returns how many seconds to wait before the next time; none by default.
    """
    done = threading.Event()

    def repeat() -> None:
        while not done.wait(pause()):
            action()

    thread = threading.Thread(target=repeat)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
