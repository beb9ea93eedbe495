"""A second hand that changes workloads at random, between and during updates."""

import os
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from kubernetes.client import ApiException

from tests.support.background import repeatedly
from tests.support.killable_update import UP, state_differences, unexpected_changes
from tests.support.program import Program
from tests.support.second_hand import SecondHand
from tests.support.torture import LONG, Figure

pytestmark = pytest.mark.engine

SEED = int(
    os.environ.get("TORTURE_SEED") or (random.SystemRandom().randrange(10**6) if LONG else 0)
)
"""The seed of what is done; a failed test prints it, so that it can be repeated."""
ROUNDS = 25 if LONG else 2
TIMEOUT = 180
"""Seconds that an update waits for an object, which may be scaled to nothing meanwhile."""
CONTAINERS = {
    "chat-presence": "presence-service",
    "chat-account": "account-service",
    "chat-authorization": "authorization-service",
    "chat-ddp-streamer": "ddp-streamer",
}
REFRESH = ("up", "--refresh", *UP[1:])


def act(draw: random.Random, second_hand: SecondHand) -> str:
    """Does one thing to one workload, and returns what."""
    name = draw.choice(list(CONTAINERS))
    container = CONTAINERS[name]
    action = draw.choice(["scale", "image", "env", "edit", "restart"])
    number = draw.randrange(0, 4)
    if action == "scale":
        second_hand.scale(name, number)
    elif action == "image":
        second_hand.set_image(name, container, f"rocketchat/{container}:8.5.{number}")
    elif action == "env":
        second_hand.set_env(name, container, "MS_METRICS", f"hand-{number}")
    elif action == "edit":
        second_hand.edit(name, {"spec": {"revisionHistoryLimit": number, "replicas": number}})
    else:
        second_hand.restart(name, f"2026-01-01T00:00:0{number}Z")
    return f"{action} {name} {number}"


@contextmanager
def second_hand_at_work(draw: random.Random, second_hand: SecondHand) -> Iterator[list[str]]:
    """Yields what is done, again and again, while the body runs."""
    done: list[str] = []

    def work() -> None:
        try:
            done.append(act(draw, second_hand))
        except ApiException as error:
            done.append(f"refused: {error.status}")

    with repeatedly(work, lambda: draw.uniform(0.1, 1.5)):
        yield done


def replicas_and_images(second_hand: SecondHand) -> dict[str, Any]:
    """The number and the image of each workload, as the server has them."""
    found: dict[str, Any] = {}
    for name in CONTAINERS:
        spec = second_hand.deployment(name)["spec"]
        found[f"Deployment/{name} spec.replicas"] = str(spec["replicas"])
        (container,) = spec["template"]["spec"]["containers"]
        path = f"spec.template.spec.containers[{container['name']}].image"
        found[f"Deployment/{name} {path}"] = container["image"]
    return found


def promised(diagnostics: list[dict[str, Any]]) -> dict[str, str]:
    """What a preview says that the update sets, by object and field."""
    found = {}
    for item in diagnostics:
        message = str(item["message"]).strip().removeprefix("warning: ")
        field, colon, rest = message.partition(": ")
        _, this, value = rest.partition("this update sets ")
        if colon and this:
            found[field] = value.removesuffix(" That restarts its pods.").removesuffix(".")
    return found


def test_previews_tell_what_updates_do_and_every_update_converges(
    program: Program, figure: Figure
) -> None:
    draw = random.Random(SEED)  # noqa: S311 - choices for a test
    second_hand = SecondHand(program)
    program.up(timeoutSeconds=TIMEOUT)
    final = replicas_and_images(second_hand)
    actions, reported, tag = 0, 0, "8.6.1"
    for number in range(ROUNDS):
        history = [act(draw, second_hand) for _ in range(draw.randint(1, 4))]
        # A downgrade is refused, whatever others have done.
        tag = max(tag, draw.choice(["8.6.1", "8.6.2"]))
        config: dict[str, object] = {
            "timeoutSeconds": TIMEOUT,
            "replicaCount": draw.randint(1, 3),
            "image": {"tag": tag},
        }
        where = f"TORTURE_SEED={SEED}, round {number}, after {history}"
        before = replicas_and_images(second_hand)
        promises = promised(program.preview(**config)["diagnostics"])
        done = program.run(*UP)
        assert done.returncode == 0, f"{where}\n{done.stdout}{done.stderr}"
        after = replicas_and_images(second_hand)
        reported += len(promises)
        for field, value in promises.items():
            assert after.get(field, value) == value, f"{where}: {field}"
        for field, value in before.items():
            drifted = value != final[field]
            unpromised = after[field] != value and field not in promises
            assert not (drifted and unpromised), f"{where}: {field} from {value} unreported"
        with second_hand_at_work(draw, second_hand) as meanwhile:
            time.sleep(1)
            done = program.run(*REFRESH)
        actions += len(history) + len(meanwhile)
        assert done.returncode in (0, 255, 1), f"{where}\n{done.stdout}{done.stderr}"
        done = program.run(*REFRESH)
        assert done.returncode == 0, f"{where}, {meanwhile}\n{done.stdout}{done.stderr}"
        wanted = {
            f"Deployment/{name} spec.replicas": str(config["replicaCount"]) for name in CONTAINERS
        }
        final = replicas_and_images(second_hand)
        assert final.items() >= wanted.items(), f"{where}, {meanwhile}"
        images = [value for field, value in final.items() if field.endswith(".image")]
        assert all(image.endswith(f":{tag}") for image in images), f"{where}, {meanwhile}"
        assert unexpected_changes(program) == ""
        assert state_differences(program) == []
    result = (
        f"{ROUNDS} updates, {actions} changes by hand, {reported} fields reported; all converged"
    )
    figure("Faults", "a second hand beside `pulumi up`", f"{result}, seed {SEED}")
