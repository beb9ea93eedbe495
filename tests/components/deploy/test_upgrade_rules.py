"""What needs care about a change of version."""

import pytest

from components.deploy.upgrade_rules import UpgradeKind, UpgradeStep, Versions, upgrade_steps

MADE_FOR = {"7.0.2": "8.6.1", "6.32.1": "8.2.0", "6.26.0": "7.10.0", "5.4.3": "6.0.0"}
MICROSERVICES = {"microservices": True}


def steps(
    running: tuple[str, str] | None, wanted: tuple[str, str], **workspace: bool
) -> list[UpgradeStep]:
    """The steps between two pairs of versions, each of the chart and of Rocket.Chat."""
    return list(
        upgrade_steps(
            Versions(*running) if running else None,
            Versions(*wanted),
            made_for=MADE_FOR.get(wanted[0], wanted[1]),
            **workspace,
        )
    )


@pytest.mark.parametrize(
    ("running", "wanted", "workspace", "expected"),
    [
        pytest.param(None, ("7.0.2", "8.6.1"), MICROSERVICES, [], id="a first deployment"),
        pytest.param(("7.0.2", "8.6.0"), ("7.0.2", "8.6.1"), MICROSERVICES, [], id="a patch"),
        pytest.param(("7.0.2", "8.6.1"), ("7.0.2", "8.6.1"), MICROSERVICES, [], id="no change"),
        pytest.param(
            ("7.0.2", "8.6.1"),
            ("7.0.2", "8.5.0"),
            MICROSERVICES,
            ["downgrade-8.6.1-to-8.5.0"],
            id="a downgrade",
        ),
        pytest.param(
            ("7.0.2", "8.6.1"),
            ("6.32.1", "8.6.1"),
            MICROSERVICES,
            ["chart-7.0.2-to-6.32.1"],
            id="an older chart",
        ),
        pytest.param(
            ("5.4.3", "6.13.0"),
            ("7.0.2", "8.6.1"),
            MICROSERVICES,
            ["rocketchat-6-to-8", "stream-hub-8.0"],
            id="a skipped major",
        ),
        pytest.param(
            ("6.26.0", "7.10.0"),
            ("6.32.1", "8.2.0"),
            MICROSERVICES,
            ["stream-hub-8.0"],
            id="the end of stream-hub",
        ),
        pytest.param(
            ("6.26.0", "7.10.0"), ("6.32.1", "8.2.0"), {}, [], id="a monolith never had stream-hub"
        ),
        pytest.param(
            ("6.32.1", "8.2.0"),
            ("7.0.2", "8.6.1"),
            {"uploads": True},
            ["user-7.0.0"],
            id="another owner of the uploads volume",
        ),
        pytest.param(("6.32.1", "8.2.0"), ("7.0.2", "8.6.1"), {}, [], id="no uploads volume"),
        pytest.param(
            ("5.4.2", "6.0.0"),
            ("5.4.3", "6.0.0"),
            {"values": True},
            ["values-5.4.3"],
            id="renamed values",
        ),
        pytest.param(("5.4.2", "6.0.0"), ("5.4.3", "6.0.0"), {}, [], id="no values"),
        pytest.param(
            None, ("6.26.0", "8.6.1"), {}, ["chart-6.26.0-with-8.6.1"], id="a chart older than app"
        ),
        pytest.param(
            ("", "develop"), ("7.0.2", "8.6.1"), MICROSERVICES, [], id="versions that say nothing"
        ),
    ],
)
def test_every_step_that_needs_care_is_found(
    running: tuple[str, str] | None,
    wanted: tuple[str, str],
    workspace: dict[str, bool],
    expected: list[str],
) -> None:
    found = steps(running, wanted, **workspace)
    assert [step.name for step in found if step.needs_acknowledgement] == expected


@pytest.mark.parametrize(
    ("running", "wanted", "kind"),
    [
        (("7.0.2", "7.9.0"), ("7.0.2", "8.0.0"), UpgradeKind.APP_NEXT_MAJOR),
        (("6.32.1", "8.6.1"), ("7.0.2", "8.6.1"), UpgradeKind.CHART_MAJOR),
    ],
)
def test_the_next_major_version_is_for_information(
    running: tuple[str, str], wanted: tuple[str, str], kind: UpgradeKind
) -> None:
    (step,) = steps(running, wanted)
    assert step.kind is kind
    assert not step.needs_acknowledgement


@pytest.mark.parametrize(
    ("before", "after", "skipped", "next_tag"),
    [
        ("6.13.0", "8.6.1", "skips 7.x.", "the last 7.x release"),
        ("5.0.0", "999999.0.0", "skips 6.x to 999998.x.", "the last 6.x release"),
    ],
)
def test_a_skipped_major_version_is_named_with_the_one_to_deploy_first(
    before: str, after: str, skipped: str, next_tag: str
) -> None:
    (step,) = steps(("", before), ("", after))
    assert skipped in step.reason
    assert next_tag in step.remedy


def test_the_sentences_contain_nothing_of_a_version_but_its_numbers() -> None:
    for step in steps(("v7.0.2-<b>", "8.6.1-<b>"), ("6.0.0-<b>", "6.0.0-<b>"), uploads=True):
        assert "<" not in step.reason + step.remedy
