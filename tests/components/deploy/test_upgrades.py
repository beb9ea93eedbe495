"""Upgrades that need care are refused until the config acknowledges each step by its name."""

from components.deploy.upgrade_rules import Versions
from components.deploy.upgrades import check_upgrade
from components.inputs.resolve import resolve
from tests.support.components import ENCRYPTED, config, inputs, refusal, resolve_config

RUNNING, WANTED = Versions("5.4.3", "6.13.0"), Versions("7.0.2", "8.6.1")


def test_every_step_is_refused_with_its_reason_and_remedy() -> None:
    spec = resolve_config(config(), ENCRYPTED)
    assert refusal(lambda: check_upgrade(spec, RUNNING, WANTED, "8.6.1")) == (
        "Going from Rocket.Chat 6.13.0 (chart 5.4.3) to 8.6.1 (chart 7.0.2) needs care; nothing was"
        " changed:\n  - rocketchat-6-to-8: Rocket.Chat goes from 6.13.0 to 8.6.1 and skips 7.x. It"
        " migrates its database one major version at a time. Set image.tag to the last 7.x release"
        " first, wait until it has started, and go on from there.\n  - stream-hub-8.0: Rocket.Chat"
        " 8.0 has no stream-hub: its Deployment is deleted, and every service follows MongoDB's"
        " change streams itself. Make sure that MongoDB is an 8.0 replica set, and that nothing of"
        " yours watches stream-hub.\nOnce you have taken care of a step, add its name to"
        " acknowledge: [rocketchat-6-to-8, stream-hub-8.0]."
    )


def test_a_first_deployment_can_be_refused_too() -> None:
    message = refusal(lambda: check_upgrade(resolve(inputs()), None, WANTED, "7.10.0"))
    assert message.startswith("Deploying Rocket.Chat 8.6.1 (chart 7.0.2) needs care; nothing was")
    assert "chart-7.0.2-with-8.6.1: The chart was made for Rocket.Chat 7.10.0, an older" in message


def test_what_the_workspace_has_decides_about_its_steps() -> None:
    spec = resolve(inputs(uploads={"size": "5Gi"}, values={"extraEnv": []}, mode="monolith"))
    message = refusal(lambda: check_upgrade(spec, Versions("5.4.2", "7.0.0"), WANTED, "8.6.1"))
    assert "\n  - user-7.0.0: " in message
    assert "\n  - values-5.4.3: " in message
    assert "stream-hub" not in message


def test_an_acknowledgement_allows_the_step_that_it_names_and_no_other() -> None:
    spec = resolve(inputs(acknowledge=["rocketchat-6-to-8"]))
    message = refusal(lambda: check_upgrade(spec, RUNNING, WANTED, "8.6.1"))
    assert "rocketchat-6-to-8:" not in message
    assert "stream-hub-8.0:" in message
    both = resolve(inputs(acknowledge=["rocketchat-6-to-8", "stream-hub-8.0"]))
    assert check_upgrade(both, RUNNING, WANTED, "8.6.1") == []


def test_an_acknowledgement_of_no_step_is_warned_about_until_nothing_changes() -> None:
    spec = resolve(inputs(acknowledge=["rocketchat-6-to-8"]))
    (warning,) = check_upgrade(spec, Versions("7.0.2", "8.6.0"), WANTED, "8.6.1")
    assert warning == (
        "acknowledge: rocketchat-6-to-8 matches no step of this upgrade. Remove it, so that it"
        " allows nothing later."
    )
    assert check_upgrade(spec, WANTED, WANTED, "8.6.1") == []


def test_the_next_major_version_needs_no_acknowledgement() -> None:
    spec = resolve(inputs())
    assert check_upgrade(spec, Versions("7.0.2", "7.9.0"), Versions("7.0.2", "7.9.1"), "") == []
    assert check_upgrade(spec, Versions("6.32.1", "8.6.1"), WANTED, "8.6.1") == []
