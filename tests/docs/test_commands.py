"""The commands that README.md, CONTRIBUTING.md and docs/ show, run as a reader runs them.

Each page is one shell, in order, in a clone whose `pulumi` leads to the simulated cluster.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.support.checkout import Checkout
from tests.support.paths import ROOT

PAGES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md")))


def code_blocks(page: Path, language: str) -> list[str]:
    text = page.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


COMMANDS: Mapping[str, list[str]] = {
    str(page.relative_to(ROOT)): [
        command for block in code_blocks(page, "sh") for command in block.splitlines()
    ]
    for page in PAGES
}

NOT_RUN = {
    "make test": "runs this test",
    "make engine": "runs this test",
    "make bus": "make test runs it",
    "make unit": "is a part of make test",
    "make lint": "is a part of make test",
    "make types": "is a part of make test, and takes a minute",
    "make bench": "takes minutes; test_bench.py and test_load.py run its parts",
    "make torture": "takes an hour; make test runs its short form",
    "pulumi package get-schema ./package": "installs into a virtualenv; test_package.py runs it",
    "pulumi install": "installs into the virtualenv that the tests run in",
}
"""Commands that can't run in a test, and why. Of make's own, `make -n` runs instead."""

REPORT = ".venv/bin/python -m tools.report --stack prod"
PREVIEW_WITH_POLICIES = "pulumi preview --stack prod --policy-pack policy"
ADOPT = ".venv/bin/python -m tools.adopt"
ADOPT_RELEASE = f"{ADOPT} --release rocketchat --namespace rocketchat --context production"
ADOPT_VALUES = f"{ADOPT} --values values.yaml --stack chat2"
VALUES = "--set host=chat.example.com,mongodb.enabled=false,existingMongodbSecret=chat-mongodb"
INSTALL = f"tools/simulation/chart --create-namespace {VALUES}"
CHART = "--chart tools/simulation/chart"
"""In place of the official chart, whose repository may be out of reach."""
SOME_CHANGES = "|| [ $? = 2 ]"
"""The report exits with 2 if there are changes, and make if anything that it runs fails."""

PREPARATIONS = {
    "make adopt RELEASE=chat NAMESPACE=legacy YES=1": f"""
        helm install chat {INSTALL} --namespace legacy""",
    ADOPT_RELEASE: f"""
        helm install rocketchat {INSTALL} --namespace rocketchat
        sed s/kwok-simulation/production/ "$KUBECONFIG" > .simulation/production
        export KUBECONFIG="$PWD/.simulation/production" """,
    # Earlier on the page, the release has been taken over.
    "make adopt RELEASE=chat NAMESPACE=legacy AS_IS=1 YES=1": """
        make release RELEASE=chat NAMESPACE=legacy YES=1
        rm Pulumi.chat.yaml .simulation/project/Pulumi.chat.yaml""",
    PREVIEW_WITH_POLICIES: """
        echo '{"pinned-chart": "disabled"}' > unpinned.json""",
}
"""What a test has to run before a command."""

REHEARSE = ".venv/bin/python -m tools.rehearse --stack prod"
IMAGES = ".venv/bin/python -m tools.images --stack prod"
ADDITIONS = {
    IMAGES: CHART,
    f"{IMAGES} --hauler > hauler.yaml": CHART,
    "make diff BASE=main": SOME_CHANGES,
    "make diff BASE=main STACK=prod": SOME_CHANGES,
    REPORT: SOME_CHANGES,
    "make rehearse STACK=prod SET=replicas.ddpStreamer=12": SOME_CHANGES,
    f"{REHEARSE} --save cluster.json --hash-names": "--simulated",
    f"{REHEARSE} --from cluster.json --drain": SOME_CHANGES,
    f"{REHEARSE} --from cluster.json --lose-zone": SOME_CHANGES,
    ADOPT_RELEASE: f"--yes {CHART}",
    ADOPT_VALUES: CHART,
    # The simulation's chart isn't pinned, unlike the official one.
    PREVIEW_WITH_POLICIES: "--policy-pack-config ./unpinned.json",
}
"""What a test has to add to a command."""

ABOUT_A_DEPLOYED_STACK = (
    "docs/operations.md",
    "docs/outputs.md",
    "docs/policies.md",
    "docs/public-address.md",
    "docs/variables.md",
    "docs/pull-requests.md",
    "docs/rehearse.md",
)
"""Pages whose commands are about the stack `prod` as it runs. README.md's own deploy it first."""

CHANGED_FILES = {
    "README.md": " M Pulumi.prod.yaml\n",
    "docs/adopt.md": "?? Pulumi.chat.yaml\n?? Pulumi.chat2.yaml\n?? Pulumi.rocketchat.yaml\n",
    "docs/air-gap.md": "?? hauler.yaml\n",
    "docs/variables.md": " M Pulumi.prod.yaml\n",
    "docs/operations.md": " M Pulumi.prod.yaml\n?? status.html\n",
    "docs/rehearse.md": "?? cluster.json\n?? rehearsal.json\n",
    "docs/policies.md": "?? unpinned.json\n",
}
"""What the commands of a page change in the checkout, as `git status` has it."""


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    checkout = Checkout(tmp_path_factory.mktemp("docs"))
    files = {
        "licence.txt": "CANARY-licence",
        "values.yaml": "{host: chat.example.com, existingMongodbSecret: chat-mongodb}",
        "policy.json": json.dumps({**example_policy_config(), "pinned-chart": "disabled"}),
    }
    for name, text in files.items():
        (checkout.folder / name).write_text(text, encoding="utf-8")
    exclude = checkout.folder / ".git" / "info" / "exclude"
    exclude.write_text("\n".join(files), encoding="utf-8")
    yield checkout
    checkout.run("make -s down")


@pytest.fixture
def checkout(clone: Checkout) -> Iterator[Checkout]:
    """The clone, reset afterwards; what runs on the cluster stays."""
    yield clone
    clone.run("git checkout -q . && git clean -fdq")


def example_policy_config() -> dict[str, Any]:
    (block,) = code_blocks(ROOT / "docs" / "policies.md", "json")
    config: dict[str, Any] = json.loads(block)
    return config


def as_run(command: str) -> str:
    if command in NOT_RUN:
        return f"make -n {command.removeprefix('make ')}" if command.startswith("make ") else ":"
    return f"{PREPARATIONS.get(command, '')}\n{command} {ADDITIONS.get(command, '')}"


@pytest.mark.engine
@pytest.mark.xdist_group("docs")
@pytest.mark.parametrize("page", [page for page in COMMANDS if COMMANDS[page]])
def test_the_commands_of_a_page_work(checkout: Checkout, page: str) -> None:
    deploy = ["make up STACK=prod"] if page in ABOUT_A_DEPLOYED_STACK else []
    script = [*deploy, 'eval "$(make -s env)"', *map(as_run, COMMANDS[page])]
    output = checkout.run("\n".join(script))
    assert "CANARY" not in output
    if "make up STACK=prod" in script:
        assert "url: https://chat.example.com" in output
    assert checkout.changes() == CHANGED_FILES.get(page, "")


@pytest.mark.parametrize("command", [*NOT_RUN, *PREPARATIONS, *ADDITIONS])
def test_a_command_with_an_exception_is_on_some_page(command: str) -> None:
    assert any(command in commands for commands in COMMANDS.values())


@pytest.mark.parametrize("page", COMMANDS)
def test_every_make_target_that_a_page_names_exists(page: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (phony,) = re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    named = re.findall(r"`make ([a-z]+)", (ROOT / page).read_text(encoding="utf-8"))
    assert set(named) <= set(phony.split())
