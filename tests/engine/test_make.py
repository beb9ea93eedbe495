"""What a person types, as README.md and the Makefile have it."""

import re
from collections.abc import Iterator

import pytest

from tests.support.checkout import Checkout
from tools.simulation.workspace import CHECKOUT

pytestmark = pytest.mark.engine

README = (CHECKOUT / "README.md").read_text(encoding="utf-8")
BLOCKS = [block.splitlines() for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL)]

ELSEWHERE = {
    "make test": "is what runs this",
    "make bench": "takes minutes; its parts run in test_bench.py and test_load.py",
    "make torture": "takes an hour; its short form is in make test",
    "make clean": "would remove the tools that the tests run with",
}
"""Commands of README.md that can't run inside a test, and why."""


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


def test_the_commands_of_the_readme_work(checkout: Checkout) -> None:
    """In one shell and in order, as a person would; the simulated cluster is the real one."""
    (checkout.folder / "licence.txt").write_text("CANARY-licence", encoding="utf-8")
    lines = ["make up"]
    for command in (command for block in BLOCKS for command in block):
        if command in ELSEWHERE:
            lines.append(f"make -n {command.removeprefix('make ')} > /dev/null")
        elif command == "pulumi stack init prod":
            # On a real cluster nobody has made it before, as `make up STACK=prod` has here.
            lines += ["pulumi destroy --yes --stack prod --remove", command]
        elif "--policy-pack" in command:
            # The chart of the simulation has no digest; on a real cluster it is the official one.
            lines += [
                """echo '{"pinned-chart": "disabled"}' > .simulation/policy.json""",
                f"{command} --policy-pack-config .simulation/policy.json",
            ]
        elif command.startswith("make diff"):
            lines.append(f"{command} || [ $? = 2 ]")  # make's for every status that isn't 0
        elif command.startswith("make adopt"):
            install = "helm install chat tools/simulation/chart --namespace legacy"
            values = "--create-namespace --set host=chat.example.com,mongodb.enabled=false"
            lines += [f"{install} {values} --set existingMongodbSecret=chat-mongodb", command]
        elif command != "make down":  # the fixture's
            lines.append(command)
    said = checkout.run("\n".join(lines))
    assert "url: https://chat.example.com" in said
    assert "CANARY" not in said
    changed = " M Pulumi.prod.yaml\n?? Pulumi.chat.yaml\n?? licence.txt\n"
    assert checkout.changes() == changed
    checkout.run("git checkout -q . && git clean -fdq")


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
    # What README.md says.
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
