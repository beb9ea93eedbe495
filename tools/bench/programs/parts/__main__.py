"""One workspace, or nothing, by a program that records when it is how far."""

import time

times = {"program": time.time()}

import atexit
import json
import os
from pathlib import Path

parameters = json.loads(Path(os.environ["BENCH_PARAMETERS"]).read_text(encoding="utf-8"))
# psutil counts from a boot time that is known to a second only.
ticks = int(Path("/proc/self/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[19])
age = time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")
times["python"] = time.time() - age


def record(name: str) -> None:
    """Records that a part has ended."""
    times[name] = time.time()


def save() -> None:
    """Saves the times, as the last thing that this process does."""
    record("exit")
    Path(parameters["times"]).write_text(json.dumps(times), encoding="utf-8")


atexit.register(save)

if parameters["inputs"]:
    from components.deploy.provider_start import start_provider

    start_provider()

    from components import rocketchat

    def recording(name: str) -> None:
        """Makes a function of the component record its end."""
        function = getattr(rocketchat, name)

        def call(*arguments: object, **named: object) -> object:
            result = function(*arguments, **named)
            record(name)
            return result

        setattr(rocketchat, name, call)

    record("imports")
    for name in ("load_chart", "render", "complete_workspace"):
        recording(name)
    rocketchat.RocketChat("rocketchat", parameters["inputs"])
record("main")
