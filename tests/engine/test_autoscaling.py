"""ddp-streamer scaled by people, with Kubernetes' own controller and an adapter that answers."""

from typing import Any

import pytest

from components.manifests.scraping import PEOPLE_METRIC
from tests.support.custom_metrics import adapter
from tests.support.program import Program
from tests.support.waiting import wait_for

pytestmark = pytest.mark.engine

AUTOSCALING = {"minReplicas": 2, "maxReplicas": 6, "targetUsersConnected": 400}
BY_PEOPLE: dict[str, Any] = {"services": {"ddpStreamer": {"autoscaling": AUTOSCALING}}}
KEY = "services.ddpStreamer.autoscaling.targetUsersConnected: has no effect yet"


def _warnings(program: Program) -> str:
    program.configure(**BY_PEOPLE)
    program.stack()
    done = program.run("preview", "--stack", "test", "--color", "never")
    return " ".join(done.stdout.split())


def test_people_decide_how_many_ddp_streamers_run(program: Program) -> None:
    assert f"{KEY}, as no custom metrics API answers" in _warnings(program)
    people = {"chat-ddp-streamer-": 700}
    with adapter(program.cluster, "something_else", {}):
        assert f"{KEY}, as the adapter has no metric users_connected" in _warnings(program)
    with adapter(program.cluster, PEOPLE_METRIC, people):
        assert KEY not in _warnings(program)
        program.up(**BY_PEOPLE)
        # 700 on each of two instances are 1400, for which four of 400 are needed.
        wait_for(lambda: program.deployment("chat-ddp-streamer").spec.replicas >= 4)
        people["chat-ddp-streamer-"] = 400
        changes = program.preview(**BY_PEOPLE)["changeSummary"]
    assert changes.keys() == {"same"}
