"""Upgrades that need care are refused, each by its name, until that name is acknowledged."""

from typing import Any

import pulumi
import pytest

from components.deploy import upgrades as upgrade
from components.deploy.upgrades import Versions
from components.inputs.spec import resolve
from tests.support.components import ENCRYPTED, config, inputs, resolve_config

MADE_FOR = {"7.0.2": "8.6.1", "6.32.1": "8.2.0", "6.26.0": "7.10.0", "5.4.3": "6.0.0"}
UPLOADS = {"uploads": {"size": "5Gi"}}
VALUES: dict[str, Any] = {"values": {"extraEnv": []}}


def names(running: Versions | None, wanted: Versions, **more: Any) -> list[str]:  # noqa: ANN401
    made_for = MADE_FOR.get(wanted.chart, wanted.app)
    found = upgrade.steps(resolve(inputs(**more)), running, wanted, made_for)
    return [step.name for step in found]


@pytest.mark.parametrize(
    ("running", "wanted", "more", "expected"),
    [
        pytest.param(None, ("7.0.2", "8.6.1"), {}, [], id="a first deployment"),
        pytest.param(("7.0.2", "8.6.0"), ("7.0.2", "8.6.1"), {}, [], id="a patch"),
        pytest.param(("7.0.2", "8.6.1"), ("7.0.2", "8.6.1"), {}, [], id="no change"),
        pytest.param(
            ("7.0.2", "8.6.1"),
            ("7.0.2", "8.5.0"),
            {},
            ["downgrade-8.6.1-to-8.5.0"],
            id="a downgrade",
        ),
        pytest.param(
            ("7.0.2", "8.6.1"),
            ("6.32.1", "8.6.1"),
            {},
            ["chart-7.0.2-to-6.32.1"],
            id="an older chart",
        ),
        pytest.param(
            ("5.4.3", "6.13.0"),
            ("7.0.2", "8.6.1"),
            {},
            ["rocketchat-6-to-8", "stream-hub-8.0"],
            id="a skipped major",
        ),
        pytest.param(
            ("6.26.0", "7.10.0"),
            ("6.32.1", "8.2.0"),
            {},
            ["stream-hub-8.0"],
            id="the end of stream-hub",
        ),
        pytest.param(
            ("6.26.0", "7.10.0"),
            ("6.32.1", "8.2.0"),
            {"mode": "monolith"},
            [],
            id="a monolith never had stream-hub",
        ),
        pytest.param(
            ("6.32.1", "8.2.0"),
            ("7.0.2", "8.6.1"),
            UPLOADS,
            ["user-7.0.0"],
            id="another user of the uploads volume",
        ),
        pytest.param(
            ("6.32.1", "8.2.0"), ("7.0.2", "8.6.1"), {}, [], id="no volume, no other user"
        ),
        pytest.param(
            ("5.4.2", "6.0.0"),
            ("5.4.3", "6.0.0"),
            VALUES,
            ["values-5.4.3"],
            id="renamed values",
        ),
        pytest.param(("5.4.2", "6.0.0"), ("5.4.3", "6.0.0"), {}, [], id="no values, none renamed"),
        pytest.param(
            None, ("6.26.0", "8.6.1"), {}, ["chart-6.26.0-with-8.6.1"], id="a chart below the app"
        ),
        pytest.param(("", "develop"), ("7.0.2", "8.6.1"), {}, [], id="versions that tell nothing"),
    ],
)
def test_each_step_that_needs_care_is_known(
    running: tuple[str, str] | None,
    wanted: tuple[str, str],
    more: dict[str, Any],
    expected: list[str],
) -> None:
    assert names(Versions(*running) if running else None, Versions(*wanted), **more) == expected


RUNNING, WANTED = Versions("5.4.3", "6.13.0"), Versions("7.0.2", "8.6.1")


def test_every_step_is_told_with_its_reason_and_the_way_through() -> None:
    with pytest.raises(pulumi.RunError) as raised:
        upgrade.check(resolve_config(config(), ENCRYPTED), RUNNING, WANTED, "8.6.1")
    said = str(raised.value)
    for words in (
        (
            "The way from 6.13.0 (chart 5.4.3) to Rocket.Chat 8.6.1 (chart 7.0.2) needs care;"
            " nothing was changed:"
        ),
        "rocketchat-6-to-8: a major version is skipped",
        "Go to the last 7.x first (image.tag), and on from there.",
        "stream-hub-8.0: Rocket.Chat 8.0 has no stream-hub",
        "acknowledge: [rocketchat-6-to-8, stream-hub-8.0]",
    ):
        assert words in said


def test_an_acknowledgement_allows_the_step_that_it_names_and_no_other() -> None:
    one = resolve(inputs(acknowledge=["rocketchat-6-to-8"]))
    with pytest.raises(pulumi.RunError) as raised:
        upgrade.check(one, RUNNING, WANTED, "8.6.1")
    assert "rocketchat-6-to-8:" not in str(raised.value)
    assert "stream-hub-8.0:" in str(raised.value)
    both = resolve(inputs(acknowledge=["rocketchat-6-to-8", "stream-hub-8.0"]))
    assert upgrade.check(both, RUNNING, WANTED, "8.6.1") == []


def test_an_acknowledgement_in_vain_is_warned_about_until_nothing_changes() -> None:
    spec = resolve(inputs(acknowledge=["rocketchat-6-to-8"]))
    (warning,) = upgrade.check(spec, Versions("7.0.2", "8.6.0"), WANTED, "8.6.1")
    assert warning.startswith("acknowledge: rocketchat-6-to-8 is no step of this update.")
    assert upgrade.check(spec, WANTED, WANTED, "8.6.1") == []
