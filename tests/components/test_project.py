"""Pulumi.yaml and the stacks beside it."""

import json
import runpy
from collections.abc import Callable
from enum import Enum
from typing import Any, get_origin

import pulumi
import pytest
import yaml
from pulumi.runtime import config as runtime_config

from components.deploy.reported_errors import ALREADY_REPORTED
from components.inputs.args import RocketChatArgs
from components.inputs.decode import is_secret
from components.inputs.resolve import resolve
from components.inputs.spec import WorkspaceSpec
from components.inputs.stack_config import read_stack_config
from components.naming import camel, field_types
from components.services import BY_NAME
from tests.support.components import (
    ENCRYPTED,
    PER_SERVICE,
    config,
    kept_objects,
    refusal,
    resolve_config,
)
from tests.support.mock_engine import Engine
from tests.support.paths import ROOT

PROJECT = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())
KEYS = {key: held for key, held in PROJECT["config"].items() if ":" not in key}
INPUTS = {camel(name): hint for name, hint in field_types(RocketChatArgs).items()}
STACKS = ("dev", "staging", "prod")


def _word(hint: Any) -> str:  # noqa: ANN401 - a type form
    words = {bool: "Boolean", int: "Integer", str: "String"}
    if is_secret(hint):
        return "String, secret"
    if isinstance(hint, type) and issubclass(hint, Enum):
        return "String"
    return words.get(hint, "Array" if get_origin(hint) is list else "Object")


def test_every_input_is_a_key_and_every_key_an_input() -> None:
    assert KEYS.keys() == INPUTS.keys()


@pytest.mark.parametrize("key", KEYS)
def test_a_key_is_described_and_the_description_begins_with_its_type(key: str) -> None:
    description = KEYS[key]["description"]
    kind = _word(INPUTS[key])
    assert description.startswith((f"{kind}. ", f"{kind}, "))
    assert description.startswith("String, secret. ") == is_secret(INPUTS[key])
    assert description.endswith(".") or "://" in description
    assert len(description) > len(kind) + 10


@pytest.mark.parametrize("key", KEYS)
def test_a_key_is_flagged_as_a_secret_exactly_where_its_input_is_one(key: str) -> None:
    assert KEYS[key].get("secret", False) is is_secret(INPUTS[key])


@pytest.mark.parametrize("key", KEYS)
def test_no_key_has_a_type_that_pulumi_would_check_first(key: str) -> None:
    assert KEYS[key].keys() <= {"description", "default", "secret"}
    assert "default" in KEYS[key]


def _text(value: object) -> str:
    """As the engine hands it to a program."""
    return value if isinstance(value, str) else json.dumps(value)


def _whole(given: dict[str, Any]) -> dict[str, str]:
    """A stack's config, with the project's defaults where it says nothing."""
    defaults = {key: _text(held["default"]) for key, held in KEYS.items()}
    return {**defaults, **{key: _text(value) for key, value in given.items()}}


def test_the_projects_defaults_are_the_components() -> None:
    fewest = resolve_config(config(), ENCRYPTED)
    assert resolve_config(_whole(dict(config())), ENCRYPTED) == fewest


@pytest.mark.parametrize("mode", ["microservices", "monolith"])
def test_the_projects_defaults_are_warned_about_in_no_mode(mode: str) -> None:
    defaults = resolve_config(_whole({**config(), "mode": mode}), ENCRYPTED)
    fewest = resolve_config(config(mode=mode), ENCRYPTED)
    assert defaults.warnings == fewest.warnings


def test_the_defaults_alone_lack_a_host_and_a_database() -> None:
    reported = refusal(lambda: resolve_config(_whole({}), ENCRYPTED))
    assert reported.startswith("2 problems in the inputs; nothing was changed:")
    assert "\n  - host: is missing. Set it." in reported
    assert "\n  - mongodbUrl: is missing, and so is mongodbSecret." in reported


def _stack(name: str) -> dict[str, Any]:
    whole = yaml.safe_load((ROOT / f"Pulumi.{name}.yaml").read_text())["config"]
    return {key.removeprefix("rocketchat:"): value for key, value in whole.items()}


def _spec(name: str) -> WorkspaceSpec:
    return resolve_config(_whole(_stack(name)), ENCRYPTED)


@pytest.mark.parametrize("name", STACKS)
def test_an_example_resolves_and_sets_only_keys_of_the_project(name: str) -> None:
    given = _stack(name)
    assert given.keys() <= KEYS.keys()
    spec = _spec(name)
    assert spec.microservices
    assert spec.host.endswith("example.com")
    assert spec.chart.version == "7.0.2"


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("dev", (1, 1, 1, 1, 1, 1, 1, 2)),
        ("staging", (2, 2, 2, 2, 2, 2, 2, 2)),
        ("prod", (3, 2, 4, 2, 2, 2, 2, 3)),
    ],
)
def test_an_example_runs_as_many_as_it_says(name: str, table: tuple[int, ...]) -> None:
    assert _spec(name).replicas == dict(zip(BY_NAME, table, strict=True))


@pytest.mark.parametrize("name", STACKS)
def test_an_example_is_warned_about_nothing(name: str) -> None:
    assert _spec(name).warnings == ()


def test_each_example_has_a_namespace_and_a_host_of_its_own() -> None:
    specs = [_spec(name) for name in STACKS]
    assert len({spec.namespace for spec in specs}) == len(STACKS)
    assert len({spec.host for spec in specs}) == len(STACKS)


OUTPUTS = {"url", "endpoints", "instances", "namespace", "chartVersion", "appVersion"}


def _run_the_program(engine: Engine, **given: str) -> dict[str, Any]:
    """Runs `__main__.py` with a stack's config, and tells what it exports."""
    whole = {
        "namespace": "chat",
        "replicas": json.dumps({camel(name): number for name, number in PER_SERVICE.items()}),
        "ingress": '{"enabled": false}',
        "chart": json.dumps({"path": str(engine.chart)}),
    }
    texts = _whole({**config(**whole), **given})
    runtime_config.set_all_config({f"rocketchat:{key}": text for key, text in texts.items()}, [])
    exported: dict[str, Any] = {}

    def program() -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(pulumi, "export", exported.__setitem__)
            runpy.run_path(str(ROOT / "__main__.py"))

    engine.provider.render = lambda _: kept_objects("per-service")
    engine.run(program)
    return exported


def test_the_program_is_config_in_and_outputs_out(engine: Engine) -> None:
    exported = _run_the_program(engine, concurrentUsers="9000")
    assert OUTPUTS <= exported.keys() <= engine.outputs.keys()
    reported = [line for line in engine.warnings if "9000" in line]
    assert [line.split(":")[0] for line in reported] == ["replicas.ddpStreamer"]


def _error_of_the_program(engine: Engine, run: Callable[[], object]) -> str:
    """The only error that the program shows, after which it ends without another."""
    with pytest.raises(SystemExit) as ended:
        run()
    assert ended.value.code == ALREADY_REPORTED
    (error,) = [line for line in engine.log.lines if line.startswith("error: ")]
    return error.removeprefix("error: ")


NEWER = {"appVersion": "8.7.0", "chartVersion": "7.0.2"}


def test_the_program_knows_what_runs(engine: Engine) -> None:
    engine.provider.outputs = NEWER
    reported = _error_of_the_program(engine, lambda: _run_the_program(engine))
    assert "from Rocket.Chat 8.7.0 (chart 7.0.2) to 8.6.1 (chart 7.0.2) needs care" in reported
    assert "\n  - downgrade-8.7.0-to-8.6.1: " in reported
    assert engine.monitor.registered == []
    acknowledged = _run_the_program(engine, acknowledge='["downgrade-8.7.0-to-8.6.1"]')
    assert acknowledged.keys() >= OUTPUTS


def test_the_program_tells_wrong_config_by_its_keys(engine: Engine) -> None:
    texts = {"rocketchat:replicaCount": "0", "rocketchat:licence": "x"}
    runtime_config.set_all_config(texts, [])
    program = str(ROOT / "__main__.py")
    reported = _error_of_the_program(engine, lambda: engine.run(lambda: runpy.run_path(program)))
    assert "4 problems in the inputs; nothing was changed:" in reported
    assert "\n  - replicaCount: got 0; allowed is an integer from 1 to 1000." in reported
    assert "\n  - licence: no such key. Did you mean license?" in reported
    assert engine.monitor.registered == []


def test_keys_of_other_projects_are_not_ours() -> None:
    runtime_config.set_all_config({"kubernetes:context": "x"}, [])
    found = read_stack_config("rocketchat")
    reported = refusal(lambda: resolve(found.args, found.errors))
    assert "context" not in reported
