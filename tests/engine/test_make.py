"""What a person types, as the Makefile has it; tests/docs runs what the pages show."""

import re
from collections.abc import Iterator

import pytest

from tests.support.checkout import Checkout

pytestmark = [pytest.mark.engine, pytest.mark.xdist_group("make")]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    checkout = Checkout(tmp_path_factory.mktemp("make"))
    yield checkout
    checkout.run("make -s down")


def test_make_up_deploys_and_a_second_one_says_that_nothing_changed(
    checkout: Checkout,
) -> None:
    output = checkout.run("make up")
    assert "Chart: " in output
    assert "wss://chat.dev.example.com/websocket" in output
    assert "url: https://chat.dev.example.com" in output
    assert checkout.changes() == ""
    assert "Nothing changed: dev runs as its config says." in checkout.run("make up")
    assert checkout.files_in_home() == {".kube/config"}
    kubeconfig = checkout.home / ".kube" / "config"
    assert kubeconfig.read_text(encoding="utf-8") == "not to be touched"


def test_another_chart_is_given_by_its_path(checkout: Checkout) -> None:
    output = checkout.run("make preview CHART=tools/simulation/chart")
    assert re.search(r"Chart: .*/tools/simulation/chart\.", output)
    output = checkout.run("make preview CHART=nowhere.tgz", succeeds=False)
    assert "CHART=nowhere.tgz: no such file" in output
    assert "Traceback" not in output


def test_a_missing_stack_is_an_error(checkout: Checkout) -> None:
    output = checkout.run("make up STACK=nowhere", succeeds=False)
    assert "There is no stack nowhere" in output
    assert "dev, prod, staging" in output
    assert "Traceback" not in output


def test_a_state_that_pulumi_cannot_read_is_an_error(checkout: Checkout) -> None:
    checkout.run("make up")
    attrs = "'.simulation/backend/.pulumi/stacks/rocketchat/dev.json.attrs'"
    output = checkout.run(f": > {attrs}; make up", succeeds=False)
    assert "error: pulumi failed: failed to load checkpoint: EOF" in output
    assert "Traceback" not in output
    # As docs/operations.md says.
    checkout.run(f"rm {attrs}; make up")


def test_a_stack_is_deployed_to_the_simulated_cluster_only(checkout: Checkout) -> None:
    config = checkout.folder / "Pulumi.dev.yaml"
    text = config.read_text(encoding="utf-8")
    config.write_text(f"{text}  kubernetes:context: production\n", encoding="utf-8")
    try:
        output = checkout.run(
            "KUBECONFIG=/production PULUMI_BACKEND_URL=https://example.com PULUMI_STACK=x"
            " PULUMI_ACCESS_TOKEN=CANARY make up",
        )
    finally:
        config.write_text(text, encoding="utf-8")
    assert "Nothing changed" in output
    assert "CANARY" not in output


def test_make_down_removes_everything(checkout: Checkout) -> None:
    checkout.run("make up")
    output = checkout.run("make down")
    assert "gone" in output
    assert not (checkout.folder / ".simulation" / "backend").exists()
    assert "gone" in checkout.run("make down")
