"""The SDK's exceptions for the engine's answers when an update ends early."""

from dataclasses import dataclass

import grpc  # type: ignore[import-untyped]
import pytest
from pulumi.runtime import settings

from components.deploy.grpc_errors import SHUT_DOWN, end_quietly_on_shutdown
from components.deploy.reported_errors import ALREADY_REPORTED


@dataclass
class Answer:
    """A gRPC error."""

    text: str

    def details(self) -> str:
        return self.text

    def code(self) -> object:
        return grpc.StatusCode.UNKNOWN


def test_an_update_that_the_engine_ends_ends_the_program_without_a_word(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(settings, "grpc_error_to_exception", settings.grpc_error_to_exception)
    end_quietly_on_shutdown()
    with pytest.raises(SystemExit) as ended:
        settings.handle_grpc_error(Answer(SHUT_DOWN))
    assert ended.value.code == ALREADY_REPORTED
    with pytest.raises(Exception, match="something else"):
        settings.handle_grpc_error(Answer("something else"))
