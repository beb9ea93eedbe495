"""An engine that remembers, with a provider that knows by heart what the chart renders."""

import asyncio
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import grpc  # type: ignore[import-untyped]
import pulumi
from pulumi.runtime import rpc
from pulumi.runtime.mocks import MockCallArgs, MockMonitor, MockResourceArgs, Mocks, set_mocks
from pulumi.runtime.sync_await import _ensure_event_loop

from components.rocketchat import RocketChat
from tests.support.components import Object, rendering_of

Render = Callable[[dict[str, Any]], list[Object]]


@dataclass(frozen=True)
class Sealed:
    """A value that reached the engine as a secret."""

    value: Any


@dataclass(frozen=True)
class Registered:
    """One resource as the engine was asked for it."""

    type: str
    name: str
    parent: str
    inputs: dict[str, Any]
    after: list[str]
    """The names of the resources that have to be there before it."""


class _Monitor(MockMonitor):
    def __init__(self, mocks: Mocks) -> None:
        super().__init__(mocks)
        self.registered: list[Registered] = []
        self.outputs: dict[str, Any] = {}

    def RegisterResource(self, request: Any) -> Any:  # noqa: ANN401, N802 - gRPC's own
        answer = super().RegisterResource(request)  # type: ignore[no-untyped-call]
        if request.type != "pulumi:pulumi:Stack":
            self.registered.append(
                Registered(
                    request.type,
                    request.name,
                    _name(request.parent),
                    # In a thread of its own, where the SDK may not know that this is a preview.
                    _sealed(rpc.deserialize_properties(request.object, keep_unknowns=True)),
                    [_name(urn) for urn in request.dependencies],
                ),
            )
        return answer

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
        return {key: _sealed(held) for key, held in value.items()}
    if isinstance(value, list):
        return [_sealed(held) for held in value]
    return value


class ProviderError(grpc.RpcError):  # type: ignore[misc]  # gRPC has no types
    """What the engine hands to a program whose call the provider refused."""

    def code(self) -> object:
        return grpc.StatusCode.UNKNOWN

    def details(self) -> str:
        return str(self.args[0])


@dataclass
class Provider(Mocks):
    """The Kubernetes provider: renders by heart, or by `render` where a test says how."""

    render: Render = rendering_of
    requests: list[dict[str, Any]] = field(default_factory=list)
    outputs: dict[str, Any] = field(default_factory=dict)
    """What the stack's last update left."""

    def call(self, args: MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        if args.token == "pulumi:pulumi:readStackOutputs":
            return {"name": args.args["name"], "outputs": self.outputs}, []
        assert args.token == "kubernetes:helm:template"
        request = json.loads(args.args["jsonOpts"])
        self.requests.append(request)
        try:
            return {"result": self.render(request["values"])}, []
        except LookupError as error:
            raise ProviderError(str(error)) from error

    def new_resource(self, args: MockResourceArgs) -> tuple[str, dict[str, Any]]:
        return f"{args.name}-id", args.inputs


class _Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.levelname.lower()}: {record.getMessage()}")


def _forget_the_rest() -> None:
    """Ends what a program that failed has left undone, or it would fail the next one."""
    loop = _ensure_event_loop()  # type: ignore[no-untyped-call]
    left = asyncio.all_tasks(loop)
    for task in left:
        task.cancel()
    loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))


class Engine:
    """Runs programs with one workspace, and tells what they asked for."""

    def __init__(self, chart: Path, *, preview: bool) -> None:
        self.chart = chart
        self.preview = preview
        self.provider = Provider()
        self.monitor = _Monitor(self.provider)
        self.log = _Lines()

    def run(self, program: Callable[[], object]) -> None:
        """Runs `program` as one preview or update; what it raises comes out."""
        self.provider.requests.clear()
        self.monitor = _Monitor(self.provider)
        self.log = _Lines()
        # What a program that failed leaves behind is told by its error, and not once more when
        # the garbage is collected, in whichever test that happens.
        loop = _ensure_event_loop()  # type: ignore[no-untyped-call]
        loop.set_exception_handler(lambda *_: None)
        logger = logging.Logger("engine")  # noqa: LOG001 - one of its own, that no other hears
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

        def noting_errors() -> None:
            try:
                program()
            except Exception as error:
                raised.append(error)
                raise

        try:
            pulumi.runtime.test(noting_errors)()  # type: ignore[no-untyped-call]
        except Exception as error:  # noqa: BLE001 - raised again, without the SDK's frames
            _forget_the_rest()
            raise (raised or [error.with_traceback(None)])[0] from None

    def read(self, made: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever it holds
        """What the output that `made` returns turns out to be, `Sealed` if it is a secret."""
        found: list[Any] = []

        def program() -> None:
            output = pulumi.Output.from_input(made())
            secret: Any = output.is_secret()
            both = pulumi.Output.all(output, secret)
            both.apply(lambda pair: found.append(Sealed(pair[0]) if pair[1] else pair[0]))

        self.run(program)
        (value,) = found
        return value

    def deploy(self, args: dict[str, Any]) -> None:
        """Runs a program with a workspace `talk` of `args`, with the chart that is at hand."""
        whole: Any = {"chart": {"path": str(self.chart)}, **args}
        self.run(lambda: RocketChat("talk", whole))

    @property
    def registered(self) -> dict[str, Registered]:
        """Every resource, by name."""
        names = [one.name for one in self.monitor.registered]
        assert len(names) == len(set(names)), names
        return {one.name: one for one in self.monitor.registered}

    @property
    def objects(self) -> list[Object]:
        """What was handed to the one ConfigGroup."""
        (group,) = (one for one in self.monitor.registered if one.type.endswith(":ConfigGroup"))
        return cast("list[Object]", group.inputs["objs"])

    @property
    def outputs(self) -> dict[str, Any]:
        """What the component registered as its outputs."""
        return self.monitor.outputs

    @property
    def warnings(self) -> list[str]:
        return [line.removeprefix("warning: ") for line in self.log.lines if "warning: " in line]

    @property
    def request(self) -> dict[str, Any]:
        """The one rendering that was asked for."""
        (request,) = self.provider.requests
        return request
