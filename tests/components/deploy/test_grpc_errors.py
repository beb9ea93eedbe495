"""The SDK's exceptions for the engine's answers when an update ends early."""

from dataclasses import dataclass

import grpc  # type: ignore[import-untyped]
import pulumi
import pytest
from pulumi.runtime import settings

from components.deploy.grpc_errors import SHUT_DOWN, patch_grpc_error_message


@dataclass
class Answer:
    """A gRPC error."""

    text: str

    def details(self) -> str:
        return self.text

    def code(self) -> object:
        return grpc.StatusCode.UNKNOWN


def test_an_update_that_the_engine_ends_is_reported_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(settings, "grpc_error_to_exception", settings.grpc_error_to_exception)
    patch_grpc_error_message()
    with pytest.raises(pulumi.RunError, match="an object failed"):
        settings.handle_grpc_error(Answer(SHUT_DOWN))
    with pytest.raises(Exception, match="something else") as other:
        settings.handle_grpc_error(Answer("something else"))
    assert not isinstance(other.value, pulumi.RunError)
