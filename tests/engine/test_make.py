"""What a person types, as the Makefile has it; tests/docs runs what the pages show."""

import re
from collections.abc import Iterator

import pytest

from tests.support.checkout import Checkout

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    checkout = Checkout(tmp_path_factory.mktemp("make"))
    yield checkout
    checkout.run("make -s down")


def test_one_command_brings_it_up_and_a_second_one_says_that_nothing_changed(
    checkout: Checkout,
) -> None:
    said = checkout.run("make up")
    assert "Chart: " in said
    assert "wss://chat.dev.example.com/websocket" in said
    assert "url: https://chat.dev.example.com" in said
    assert checkout.changes() == ""
    again = checkout.run("make up")
    assert "Nothing changed: dev runs as its config says." in again
    assert checkout.foreign() == {".kube/config"}
    kubeconfig = checkout.home / ".kube" / "config"
    assert kubeconfig.read_text(encoding="utf-8") == "not to be touched"


def test_another_chart_runs_by_its_path(checkout: Checkout) -> None:
    said = checkout.run("make preview CHART=tools/simulation/chart")
    assert re.search(r"Chart: .*/tools/simulation/chart\.", said)
    said = checkout.run("make preview CHART=nowhere.tgz", succeeds=False)
    assert "CHART=nowhere.tgz: there is nothing" in said
    assert "Traceback" not in said


def test_a_stack_that_is_not_there_is_told(checkout: Checkout) -> None:
    said = checkout.run("make up STACK=nowhere", succeeds=False)
    assert "There is no stack nowhere" in said
    assert "dev, prod, staging" in said
    assert "Traceback" not in said


def test_a_state_that_pulumi_cannot_read_is_told(checkout: Checkout) -> None:
    checkout.run("make up")
    beside = "'.simulation/backend/.pulumi/stacks/rocketchat/dev.json.attrs'"
    said = checkout.run(f": > {beside}; make up", succeeds=False)
    assert "error: pulumi failed: failed to load checkpoint: EOF" in said
    assert "Traceback" not in said
    # What docs/operations.md says.
    checkout.run(f"rm {beside}; make up")


def test_the_stack_never_leaves_the_simulated_cluster(checkout: Checkout) -> None:
    config = checkout.folder / "Pulumi.dev.yaml"
    text = config.read_text(encoding="utf-8")
    config.write_text(f"{text}  kubernetes:context: production\n", encoding="utf-8")
    try:
        said = checkout.run(
            "KUBECONFIG=/production PULUMI_BACKEND_URL=https://example.com PULUMI_STACK=x"
            " PULUMI_ACCESS_TOKEN=CANARY make up",
        )
    finally:
        config.write_text(text, encoding="utf-8")
    assert "Nothing changed" in said
    assert "CANARY" not in said


def test_down_removes_all_of_it(checkout: Checkout) -> None:
    checkout.run("make up")
    said = checkout.run("make down")
    assert "gone" in said
    assert not (checkout.folder / ".simulation" / "backend").exists()
    assert "gone" in checkout.run("make down")
