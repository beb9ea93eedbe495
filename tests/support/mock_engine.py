"""A mock engine that records requests, with a provider that returns recorded renderings."""

import asyncio
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast
from unittest.mock import patch

import grpc  # type: ignore[import-untyped]
import pulumi
from pulumi.runtime import rpc
from pulumi.runtime.mocks import MockCallArgs, MockMonitor, MockResourceArgs, Mocks, set_mocks
from pulumi.runtime.sync_await import _ensure_event_loop

from components.deploy.live_objects import LiveObjects
from components.rocketchat import RocketChat
from tests.support.components import Object, rendering_of

Render = Callable[[dict[str, Any]], list[Object]]


@dataclass(frozen=True)
class Sealed:
    """A value that reached the engine as a secret."""

    value: Any


@dataclass(frozen=True)
class Registered:
    """A resource as it was registered with the engine."""

    type: str
    name: str
    parent: str
    inputs: dict[str, Any]
    after: list[str]
    """The names of the resources that it depends on."""


class _Monitor(MockMonitor):
    def __init__(self, mocks: Mocks) -> None:
        super().__init__(mocks)
        self.registered: list[Registered] = []
        self.outputs: dict[str, Any] = {}

    def RegisterResource(self, request: Any) -> Any:  # noqa: ANN401, N802 - gRPC's own
        response = super().RegisterResource(request)  # type: ignore[no-untyped-call]
        if request.type != "pulumi:pulumi:Stack":
            self.registered.append(
                Registered(
                    request.type,
                    request.name,
                    _name(request.parent),
                    # In this thread the SDK may not know that this is a preview.
                    _sealed(rpc.deserialize_properties(request.object, keep_unknowns=True)),
                    [_name(urn) for urn in request.dependencies],
                ),
            )
        return response

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: ANN401, N802 - gRPC's own
        if "RocketChat" in request.urn:
            assert self.outputs == {}, "outputs are registered once"
            self.outputs = _sealed(rpc.deserialize_properties(request.outputs))
        return super().RegisterResourceOutputs(request)  # type: ignore[no-untyped-call]


def _name(urn: str) -> str:
    return urn.rsplit("::", 1)[-1]


def _sealed(value: Any) -> Any:  # noqa: ANN401 - JSON
    if rpc.is_rpc_secret(value):
        return Sealed(_sealed(rpc.unwrap_rpc_secret(value)))
    if isinstance(value, dict):
        return {key: _sealed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_sealed(item) for item in value]
    return value


class ProviderError(grpc.RpcError):  # type: ignore[misc]  # gRPC has no types
    """The error that the engine returns to a program when the provider refuses its call."""

    def code(self) -> object:
        return grpc.StatusCode.UNKNOWN

    def details(self) -> str:
        return str(self.args[0])


@dataclass
class Provider(Mocks):
    """The Kubernetes provider, which returns recorded renderings unless a test sets `render`."""

    render: Render = rendering_of
    requests: list[dict[str, Any]] = field(default_factory=list)
    outputs: dict[str, Any] = field(default_factory=dict)
    """The outputs of the stack's last update."""
    deployed: dict[str, Any] = field(default_factory=dict)
    """The outputs of each of its resources, by URN."""

    def call(self, args: MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        if args.token == "pulumi:pulumi:readStackOutputs":
            return {"name": args.args["name"], "outputs": self.outputs}, []
        if args.token == "pulumi:pulumi:readStackResourceOutputs":
            return {"name": args.args["stackName"], "outputs": self.deployed}, []
        assert args.token == "kubernetes:helm:template"
        request = json.loads(args.args["jsonOpts"])
        self.requests.append(request)
        try:
            return {"result": self.render(request["values"])}, []
        except LookupError as error:
            raise ProviderError(str(error)) from error

    def new_resource(self, args: MockResourceArgs) -> tuple[str, dict[str, Any]]:
        return f"{args.name}-id", args.inputs


class _LogLines(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.levelname.lower()}: {record.getMessage()}")


def _cancel_tasks() -> None:
    """Cancels the tasks that a failed program has left, which would fail the next one."""
    loop = _ensure_event_loop()  # type: ignore[no-untyped-call]
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))


class Engine:
    """Runs programs with one workspace, and records what they register."""

    def __init__(self, chart: Path, *, preview: bool) -> None:
        self.chart = chart
        self.preview = preview
        self.provider = Provider()
        self.monitor = _Monitor(self.provider)
        self.log = _LogLines()
        self.live = LiveObjects()
        """What is on the cluster; no test reads a real one."""

    def run(self, program: Callable[[], object]) -> None:
        """Runs `program` as a preview or an update, and raises what it raises."""
        self.provider.requests.clear()
        self.monitor = _Monitor(self.provider)
        self.log = _LogLines()
        # Exceptions of a failed program's tasks are ignored: its error covers them, and they would
        # be logged again when they are garbage collected, in some other test.
        loop = _ensure_event_loop()  # type: ignore[no-untyped-call]
        loop.set_exception_handler(lambda *_: None)
        logger = logging.Logger("engine")  # noqa: LOG001 - unknown to other loggers
        logger.addHandler(self.log)
        set_mocks(
            self.provider,
            "rocketchat",
            "test",
            preview=self.preview,
            logger=logger,
            monitor=self.monitor,
        )

        raised: list[Exception] = []

        def recording_errors() -> None:
            try:
                with patch("components.rocketchat.start_reading", lambda *_: lambda: self.live):
                    program()
            except Exception as error:
                raised.append(error)
                raise

        try:
            pulumi.runtime.test(recording_errors)()  # type: ignore[no-untyped-call]
        except Exception as error:  # noqa: BLE001 - raised again, without the SDK's frames
            _cancel_tasks()
            raise (raised or [error.with_traceback(None)])[0] from None

    def read(self, create: Callable[[], Any]) -> Any:  # noqa: ANN401 - a value of any type
        """Returns the value of the output that `create` returns, as `Sealed` if it is a secret."""
        found: list[Any] = []

        def program() -> None:
            output = pulumi.Output.from_input(create())
            secret: Any = output.is_secret()
            both = pulumi.Output.all(output, secret)
            both.apply(lambda pair: found.append(Sealed(pair[0]) if pair[1] else pair[0]))

        self.run(program)
        (value,) = found
        return value

    def deploy(self, args: dict[str, Any]) -> None:
        """Runs a program with a workspace `talk` of these arguments and the chart of the tests."""
        complete: Any = {"chart": {"path": str(self.chart)}, **args}
        self.run(lambda: RocketChat("talk", complete))

    @property
    def registered(self) -> dict[str, Registered]:
        """Every resource, by name."""
        names = [resource.name for resource in self.monitor.registered]
        assert len(names) == len(set(names)), names
        return {resource.name: resource for resource in self.monitor.registered}

    @property
    def objects(self) -> list[Object]:
        """The objects of the ConfigGroup."""
        (group,) = (
            resource
            for resource in self.monitor.registered
            if resource.type.endswith(":ConfigGroup")
        )
        return cast("list[Object]", group.inputs["objs"])

    @property
    def outputs(self) -> dict[str, Any]:
        """The component's outputs."""
        return self.monitor.outputs

    @property
    def warnings(self) -> list[str]:
        return [line.removeprefix("warning: ") for line in self.log.lines if "warning: " in line]

    @property
    def request(self) -> dict[str, Any]:
        """The request for the only rendering."""
        (request,) = self.provider.requests
        return request
