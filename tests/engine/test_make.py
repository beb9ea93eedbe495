"""What a person types, as the Makefile has it; tests/docs runs what the pages show."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

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
    assert "error: failed to load checkpoint: EOF" in output
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


class Start(NamedTuple):
    """What the process of `python -m tools.simulation` starts, and the packages it imports."""

    pulumi: list[list[str]]
    """The command line of each `pulumi`."""
    packages: set[str]


_RECORDER = """
import atexit, json, os, sys

started = []

def hook(event, arguments):
    if event == "subprocess.Popen":
        started.append([os.fspath(word) for word in arguments[1]])

def write():
    with open(os.environ["STARTED"], "w") as file:
        json.dump([started, sorted(sys.modules)], file)

if "tools.simulation" in sys.orig_argv:
    sys.addaudithook(hook)
    atexit.register(write)
"""


def record_start(checkout: Checkout, folder: Path, script: str) -> Start:
    """Runs a script, and returns what `python -m tools.simulation` starts in it."""
    (folder / "sitecustomize.py").write_text(_RECORDER, encoding="utf-8")
    checkout.run(f"STARTED='{folder}/started.json' PYTHONPATH='{folder}' {script}")
    commands, modules = json.loads((folder / "started.json").read_text(encoding="utf-8"))
    pulumi = [words[1:] for words in commands if Path(words[0]).name == "pulumi"]
    return Start(pulumi, {name.partition(".")[0] for name in modules})


def test_make_starts_the_engine_once_if_nothing_else_is_to_do(
    checkout: Checkout, tmp_path: Path
) -> None:
    checkout.run("make up")
    for target in ("up", "preview"):
        start = record_start(checkout, tmp_path, f"make {target}")
        (words,) = start.pulumi
        assert words[0] == target
        # The official client alone takes half a second to import.
        assert start.packages.isdisjoint({"kubernetes", "pulumi_kubernetes"})
    checkout.run("make up STACK=staging")
    start = record_start(checkout, tmp_path, "make preview")
    assert [words[:2] for words in start.pulumi] == [["stack", "select"], ["preview", "--stack"]]


def test_a_shell_of_make_env_leads_to_the_simulated_stacks(checkout: Checkout) -> None:
    checkout.run("make up && make up STACK=staging && make up")
    env = 'eval "$(make -s env)";'
    assert "chat.dev.example.com" in checkout.run(f"{env} pulumi stack output url")
    assert "https://chat.dev.example.com" in checkout.run(
        f"cd docs; {env.replace('make', 'make -C ..')} pulumi stack output --stack dev url"
    )
    config = checkout.folder / "Pulumi.dev.yaml"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("chat.dev", "other.dev"), encoding="utf-8")
    # The stack dev violates some, as it is small.
    (checkout.folder / "policies.json").write_text('{"all": "advisory"}', encoding="utf-8")
    try:
        output = checkout.run(
            f"{env} pulumi preview --diff --color never"
            " --policy-pack policy --policy-pack-config policies.json"
        )
    finally:
        config.write_text(text, encoding="utf-8")
        (checkout.folder / "policies.json").unlink()
    assert "other.dev.example.com" in output
    assert "rocketchat-guardrails" in output
    assert checkout.changes() == ""


def test_make_down_removes_everything(checkout: Checkout) -> None:
    checkout.run("make up")
    output = checkout.run("make down")
    assert "gone" in output
    assert not (checkout.folder / ".simulation" / "backend").exists()
    assert "gone" in checkout.run("make down")
