"""One stack config through the whole line, as the engine runs it and a thousand times as fast.

Reading the config is the engine's own code, rendering the provider's own process, and the answer
on each object the API server's. Between them run `settings` and `RocketChat` as they are, with the
SDK's mocks for the rest of the engine.
"""

import json
import os
import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any, Self

import grpc  # type: ignore[import-untyped]
import pulumi
from google.protobuf import json_format, struct_pb2
from kubernetes import client, dynamic
from pulumi.runtime import config as runtime_config
from pulumi.runtime.mocks import MockCallArgs
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from components.inputs.stack_config import read_stack_config
from components.kube.objects import kind_and_name
from components.rocketchat import RocketChat
from tests.support.mock_engine import Engine, Provider, ProviderError, Registered, Sealed
from tools.checkout import CHECKOUT
from tools.simulation.cluster import Cluster
from tools.simulation.simulation import PASSPHRASE
from tools.toolchain import ensure

NAMESPACE = "torture"
"""Where objects are tried; a namespace has to exist for that, and theirs mostly doesn't."""
_SECURE = re.compile(r'\{"secure": ("(?:[^"\\]|\\.)*")\}')
_ESCAPE = re.compile(r"\\U([0-9a-f]{8})")


@dataclass(frozen=True)
class Given:
    """What the engine makes of a stack's config: what the program gets, or why it isn't run."""

    config: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    error: str = ""


class StackConfig:
    """The engine's reading of a config file, in a process of its own."""

    def __init__(self, program: Path) -> None:
        self._process = subprocess.Popen(
            [program, str(CHECKOUT / "Pulumi.yaml"), PASSPHRASE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        self.salt: str = self._answer()["text"]

    def close(self) -> None:
        self._process.communicate()

    def sealed(self, text: str) -> str:
        """`text` with what it holds as `{"secure": "…"}` encrypted, and the salt for it."""
        return f"encryptionsalt: {self.salt}\n" + _SECURE.sub(self._seal, text)

    def read(self, sealed: str) -> Given:
        """What the program gets for a file with this text."""
        answer = self._ask({"file": sealed})
        secrets = tuple(answer.get("secrets", ()))
        return Given(answer.get("config", {}), secrets, answer.get("error", ""))

    def _seal(self, found: re.Match[str]) -> str:
        text = _ESCAPE.sub(lambda code: chr(int(code[1], 16)), found[1])
        text = json.loads(text, strict=False)
        if not text or any("\ud800" <= character <= "\udfff" for character in text):
            return found[0]
        return f'{{"secure": "{self._ask({"encrypt": text})["text"]}"}}'

    def _ask(self, request: Mapping[str, str]) -> dict[str, Any]:
        if self._process.stdin is None:
            raise AssertionError
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        if self._process.stdout is None:
            raise AssertionError
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer


class _Kubernetes(Provider):
    """The real provider's process, where the mocks ask for a rendering."""

    def __init__(self, kubeconfig: Path) -> None:
        super().__init__()
        (program,) = ensure(["pulumi-resource-kubernetes"]).values()
        self._process = subprocess.Popen(
            [program, "127.0.0.1:1"],  # no engine listens; it would only receive progress
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            env={**os.environ, "KUBECONFIG": str(kubeconfig)},
        )
        if self._process.stdout is None:
            raise AssertionError
        port = self._process.stdout.readline().strip()
        most = [(f"grpc.max_{way}_message_length", 2**28) for way in ("send", "receive")]
        self._channel = grpc.insecure_channel(f"127.0.0.1:{port}", options=most)
        self._stub = provider_pb2_grpc.ResourceProviderStub(self._channel)
        self._stub.Configure(provider_pb2.ConfigureRequest(acceptSecrets=True))

    def close(self) -> None:
        self._channel.close()
        self._process.terminate()
        self._process.communicate()

    def call(self, args: MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        self.requests.append(json.loads(args.args["jsonOpts"]))
        given = struct_pb2.Struct()
        given.update(args.args)
        try:
            answer = self._stub.Invoke(provider_pb2.InvokeRequest(tok=args.token, args=given))
        except grpc.RpcError as error:
            # As the engine hands it on.
            said = f"invocation of {args.token} returned an error: {error.details()}"
            raise ProviderError(said) from error
        made = json_format.MessageToDict(getattr(answer, "return"))
        return {"result": made["result"]}, []


@dataclass(frozen=True)
class Ended:
    """How one config ended."""

    given: Given
    refusal: str = ""
    """What the person reads in place of a plan."""
    plan: tuple[dict[str, Any], ...] = ()


class Line:
    """What every config goes through."""

    def __init__(self, stack_config: Path, folder: Path, cluster: Cluster) -> None:
        self.config = StackConfig(stack_config)
        self._provider = _Kubernetes(cluster.kubeconfig)
        self._engine = Engine(folder, preview=True)
        self._engine.provider = self._provider
        self._api: Any = cluster.client()
        untyped: Any = dynamic.DynamicClient
        self._kinds = untyped(self._api).resources
        self._answers: dict[str, str] = {}
        core: Any = client.CoreV1Api(self._api)
        core.create_namespace({"metadata": {"name": NAMESPACE}})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.config.close()
        self._provider.close()
        self._api.close()

    def run(self, text: str) -> Ended:
        """What becomes of a config; any end but a plan or one refusal is raised."""
        given = self.config.read(self.config.sealed(text))
        if given.error:
            return Ended(given, given.error)
        try:
            self._engine.run(lambda: _program(given))
        except pulumi.RunError as error:
            return Ended(given, str(error))
        plan = tuple(_objects(self._engine.registered.values()))
        return Ended(given, plan=plan)

    def refused(self, ended: Ended) -> list[str]:
        """What the API server has against the objects of a plan, by a dry run of each."""
        return [said for one in ended.plan if (said := self._dry_run(one))]

    def _dry_run(self, one: dict[str, Any]) -> str:
        if one["kind"] != "Namespace":
            one = {**one, "metadata": {**one["metadata"], "namespace": NAMESPACE}}
        key = json.dumps(one, sort_keys=True)
        # The same object gets the same answer.
        if key not in self._answers:
            self._answers[key] = self._ask(one)
        return self._answers[key]

    def _ask(self, one: dict[str, Any]) -> str:
        resource = self._kinds.get(api_version=one["apiVersion"], kind=one["kind"])
        metadata = one["metadata"]
        path = resource.path(name=metadata["name"], namespace=metadata.get("namespace"))
        answer = self._api.call_api(
            "PATCH",
            f"{self._api.configuration.host}{path}?dryRun=All&fieldManager=torture&force=true",
            {"Content-Type": "application/apply-patch+yaml"},
            # As bytes, since the client would escape characters in a way that YAML doesn't know.
            json.dumps(one, ensure_ascii=False).encode(),
        )
        reported = json.loads(answer.read())
        return (
            ""
            if answer.status < HTTPStatus.BAD_REQUEST
            else f"{kind_and_name(one)}: {reported['message']}"
        )


@contextmanager
def no_outside() -> Iterator[None]:
    """Leads whatever would fetch a chart to a door that is closed."""
    closed = {"HTTPS_PROXY": "http://127.0.0.1:1", "HTTP_PROXY": "http://127.0.0.1:1"}
    before = {name: os.environ.get(name) for name in closed}
    os.environ.update(closed)
    yield
    for name, value in before.items():
        if value is None:
            del os.environ[name]
        else:
            os.environ[name] = value


def _program(given: Given) -> None:
    """`__main__.py`, on a stack that never ran."""
    runtime_config.set_all_config(dict(given.config), list(given.secrets))
    config = read_stack_config("rocketchat")
    RocketChat("rocketchat", config.args, errors=config.errors)


def _objects(registered: Iterable[Registered]) -> Iterator[dict[str, Any]]:
    for one in registered:
        if one.type.endswith(":ConfigGroup"):
            yield from _plain(one.inputs["objs"])
        elif one.type.startswith("kubernetes:"):
            yield _plain(one.inputs)


def _plain(value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, Sealed):
        return _plain(value.value)
    if isinstance(value, Mapping):
        return {key: _plain(held) for key, held in value.items()}
    if isinstance(value, list):
        return [_plain(held) for held in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
