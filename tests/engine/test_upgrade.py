"""An upgrade that needs care is refused, as the stack knows what runs."""

import pytest

from tests.support.program import Program

pytestmark = pytest.mark.engine


def test_a_downgrade_is_refused_until_it_is_acknowledged(program: Program) -> None:
    program.up(image={"tag": "8.6.1"})
    output = program.fails(image={"tag": "8.5.0"})
    assert "downgrade-8.6.1-to-8.5.0: Rocket.Chat goes back from 8.6.1 to 8.5.0." in output
    assert "acknowledge: [downgrade-8.6.1-to-8.5.0]" in output
    assert "Traceback" not in output
    result = program.up(image={"tag": "8.5.0"}, acknowledge=["downgrade-8.6.1-to-8.5.0"])
    assert result.outputs["appVersion"] == "8.5.0"
    image = program.deployment("chat-rocketchat").spec.template.spec.containers[0].image
    assert image.endswith(":8.5.0")


def test_up_also_refuses_a_skipped_major_version(program: Program) -> None:
    program.up(image={"tag": "8.6.1"})
    program.configure(image={"tag": "10.0.0"})
    done = program.run("up", "--yes", "--skip-preview", "--stack", "test")
    assert done.returncode != 0
    assert (
        "rocketchat-8-to-10: Rocket.Chat goes from 8.6.1 to 10.0.0 and skips 9.x."
        in done.stdout + done.stderr
    )
    image = program.deployment("chat-rocketchat").spec.template.spec.containers[0].image
    assert image.endswith(":8.6.1")
