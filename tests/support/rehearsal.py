"""The outcome of a rehearsal in which not all pods fit."""

from tools.rehearse.observe import Counts, Observation, Sample
from tools.rehearse.outcome import Fullness, Outcome, Shortage

SCHEDULER = (
    "0/3 nodes are available: 3 Insufficient cpu. no new claims to deallocate, preemption: 0/3"
    " nodes are available: 3 No preemption victims found for incoming pod."
)


def _sample(seconds: float, streamers: Counts, presences: int, disconnected: int) -> Sample:
    services = {
        "account": Counts(desired=2, ready=2),
        "ddp-streamer": streamers,
        "presence": Counts(desired=2, ready=presences, terminating=2 - presences),
    }
    return Sample(seconds, services, 500 * streamers.ready, disconnected, {})


CROWDED = Outcome(
    scenario="the change",
    changed=True,
    observation=Observation(
        [
            _sample(0, Counts(4, 4), 2, 0),
            _sample(3, Counts(12, 4, 8), 1, 0),
            _sample(9, Counts(12, 8, 4, 1), 1, 500),
            _sample(14, Counts(12, 10, 2), 2, 2000),
        ]
    ),
    shortages=(Shortage("ddp-streamer", 2, 12, SCHEDULER, fits=10),),
    blocked=(),
    nodes={
        f"ip-10-0-{index}-17.eu-central-1.compute.internal": {
            "cpu": Fullness(40 + index, 70 + index, 50 + index),
            "memory": Fullness(30, 44, 31),
        }
        for index in range(6)
    },
    notes=("Not played: webhooks.",),
)
